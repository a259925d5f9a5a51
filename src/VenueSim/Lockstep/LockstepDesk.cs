using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using EventSourcedMM.VenueSim.Sockets;
using EventSourcedMM.VenueSim.Time;

namespace EventSourcedMM.VenueSim.Lockstep;

/// <summary>
/// Lockstep (docs/venue.md): one item at a time, the next one only after the client has stepped the last and its requests
/// are here. The order of a turn is the zero-latency session's: event, fills, answers in the order of the requests. Used
/// by the loop alone.
/// </summary>
internal sealed class LockstepDesk(VenueClock clock, FrameTally tally, bool isOn)
{
    public const string MarketKind = "market";
    public const string ReportKind = "report";
    public const string AnswerKind = "answer";
    private const string TimeKind = "time";

    private readonly Queue<Action> reports = new();
    private readonly Queue<Action> requests = new();
    private Connection? client;
    private string kind = MarketKind;
    private string symbol = "";
    private long item;
    private long stepped = -1;
    private long requestsSaid;
    private long requestsReceived;
    private bool isEnded;

    /// <summary>True when the venue runs in lockstep.</summary>
    public bool IsOn => isOn;

    /// <summary>Time that the client wants to be told of; <see cref="long.MaxValue"/> without.</summary>
    public long Until { get; private set; } = long.MaxValue;

    /// <summary>True when the client is done with the last item and everything that it has sent is here.</summary>
    public bool MayGo => client is not null && stepped == item && requestsReceived >= requestsSaid;

    /// <summary>True while a client steps.</summary>
    public bool HasClient => client is not null;

    /// <summary>Reports and requests that wait for their turn.</summary>
    public int Waiting => reports.Count + requests.Count;

    /// <summary>Number of the last item.</summary>
    public long Item => item;

    /// <summary>Takes a control connection, or refuses it when there is one.</summary>
    public void Attach(Connection connection)
    {
        if (!isOn || client is not null)
        {
            connection.Close(CloseCode.PolicyViolation, isOn ? "there is a lockstep client" : "the venue does not run in lockstep");
            return;
        }

        client = connection;
        (stepped, requestsSaid, requestsReceived, Until) = (-1, 0, 0, long.MaxValue);
        connection.OnMessage = message => OnWord(connection, message);
        connection.OnGone = () => Leave(connection);
        Say(string.Create(CultureInfo.InvariantCulture, $"{{\"kind\":\"ready\",\"item\":{item},\"time\":\"{clock.Now}\"}}"));
    }

    /// <summary>A request that changes orders has been received.</summary>
    public void Received() => requestsReceived++;

    /// <summary>A request waits for its turn.</summary>
    public void Queue(Action serve)
    {
        requests.Enqueue(serve);
        FlushWithoutClient();
    }

    /// <summary>A report waits for its turn.</summary>
    public void Report(Action send)
    {
        reports.Enqueue(send);
        FlushWithoutClient();
    }

    /// <summary>What is being sent is of a kind, about a symbol.</summary>
    public void Label(string kindOfItem, string symbolOfItem) => (kind, symbol) = (kindOfItem, symbolOfItem);

    /// <summary>What has been sent is no item.</summary>
    public void Discard() => tally.Frames = 0;

    /// <summary>An answer that goes over REST counts as a message.</summary>
    public void CountAnswer() => tally.Frames++;

    /// <summary>Releases what waits, fills before answers. False when nothing does.</summary>
    public bool TryRelease()
    {
        if (!reports.TryDequeue(out var next) && !requests.TryDequeue(out next))
        {
            return false;
        }

        next();
        return true;
    }

    /// <summary>The time that the client has asked for is there.</summary>
    public void TellTime()
    {
        clock.AdvanceTo(Until);
        Until = long.MaxValue;
        Tell(TimeKind, "", 0);
    }

    /// <summary>After a delivery: what has been sent is an item.</summary>
    public void CloseItem()
    {
        if (isOn && tally.Frames > 0)
        {
            Tell(kind, symbol, tally.Frames);
        }

        tally.Frames = 0;
        Label(MarketKind, "");
    }

    /// <summary>The recordings have ended.</summary>
    public void End()
    {
        if (isOn && !isEnded)
        {
            isEnded = true;
            Tell("end", "", 0);
        }
    }

    private void OnWord(Connection connection, byte[] message)
    {
        try
        {
            Read(message);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            Say($"{{\"kind\":\"error\",\"message\":{JsonSerializer.Serialize(e.Message)}}}");
            connection.Close(CloseCode.PolicyViolation, "that is no word of lockstep");
        }
    }

    private void Read(byte[] message)
    {
        var reader = new Utf8JsonReader(message);
        long? said = null;
        var sent = 0L;
        var until = long.MaxValue;
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            var name = reader.ValueTextEquals("stepped"u8) ? 's' : reader.ValueTextEquals("requests"u8) ? 'r' : reader.ValueTextEquals("until"u8) ? 'u' : throw new FormatException($"'{reader.GetString()}' is not known; write stepped, requests, until.");
            reader.Read();
            var value = Number(ref reader);
            (said, sent, until) = name switch
            {
                's' => (value, sent, until),
                'r' => (said, value, until),
                _ => (said, sent, value),
            };
        }

        if (said is null || said > item)
        {
            throw new FormatException($"stepped must be {item}, the last item.");
        }

        if (said < item)
        {
            // A word that was said again and has been overtaken.
            return;
        }

        (stepped, requestsSaid, Until) = (item, sent, until);
    }

    private static long Number(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return reader.GetInt64();
        }

        return reader.TokenType == JsonTokenType.String && Utf8Parser.TryParse(reader.ValueSpan, out long value, out var read) && read == reader.ValueSpan.Length
            ? value
            : throw new FormatException("A value is not a whole number.");
    }

    private void Tell(string kindOfItem, string symbolOfItem, long frames)
    {
        item++;
        Say(string.Create(CultureInfo.InvariantCulture, $"{{\"item\":{item},\"kind\":\"{kindOfItem}\",\"symbol\":\"{symbolOfItem}\",\"time\":\"{clock.Now}\",\"frames\":{frames}}}"));
    }

    private void Say(string word) => client?.SendControl(Encoding.ASCII.GetBytes(word));

    private void Leave(Connection connection)
    {
        if (ReferenceEquals(client, connection))
        {
            client = null;
            FlushWithoutClient();
        }
    }

    // Nobody steps any more: what was received is done and what has happened is told, but there are no items without a client.
    private void FlushWithoutClient()
    {
        while (client is null && TryRelease())
        {
            Discard();
        }
    }
}

/// <summary>Counts the messages that are sent to clients: what makes an item of lockstep.</summary>
internal sealed class FrameTally
{
    /// <summary>Messages since the last item.</summary>
    public long Frames { get; set; }
}
