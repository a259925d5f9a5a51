using System.Globalization;
using System.Text.Json;

namespace EventSourcedMM.Cli.Storage;

/// <summary>How far the server is behind the journal while a capture or a live run writes it.</summary>
/// <param name="Place">The server, without secrets.</param>
/// <param name="Streams">Streams that are not all there yet.</param>
/// <param name="Behind">Events of the journal that the server has not acknowledged.</param>
/// <param name="Away">For how long it has been away; zero while it is there.</param>
/// <param name="Refused">Streams that it does not take: it says no, or has other events under their name.</param>
/// <param name="Alarm">True while somebody should look.</param>
public sealed record ForwardingStatus(string Place, int Streams, long Behind, TimeSpan Away, int Refused, bool Alarm)
{
    /// <summary>For the line that says how it stands.</summary>
    public string Text()
    {
        var away = Away > TimeSpan.Zero ? string.Create(CultureInfo.InvariantCulture, $" away for {Away.TotalSeconds:0} s,") : "";
        var refused = Refused > 0 ? string.Create(CultureInfo.InvariantCulture, $", {Refused} {(Refused == 1 ? "stream" : "streams")} NOT taken") : "";
        return string.Create(CultureInfo.InvariantCulture, $"store{(Alarm ? " ALARM" : "")}{away} {Behind:N0} events behind{refused}");
    }

    /// <summary>The fields of <c>--json</c> (docs/cli.md), as the object <c>forwarding</c>; none without a server.</summary>
    public static void Write(Utf8JsonWriter json, ForwardingStatus? status)
    {
        if (status is null)
        {
            return;
        }

        json.WriteStartObject("forwarding");
        json.WriteString("place", status.Place);
        json.WriteNumber("streams", status.Streams);
        json.WriteNumber("behind", status.Behind);
        json.WriteNumber("awaySeconds", Math.Round(status.Away.TotalSeconds, 1));
        json.WriteNumber("refused", status.Refused);
        json.WriteBoolean("alarm", status.Alarm);
        json.WriteEndObject();
    }
}
