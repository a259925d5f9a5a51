using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EventSourcedMM.Tests.Cli;

/// <summary>Something between a venue and its clients that changes what the venue says: one text for another of the same length, wherever it stands.</summary>
internal sealed class ChangedLine : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Uri venue;
    private readonly byte[] from;
    private readonly byte[] to;
    private readonly Task running;

    public ChangedLine(Uri venue, string from, string to)
    {
        Assert.Equal(from.Length, to.Length);
        this.venue = venue;
        this.from = Encoding.ASCII.GetBytes(from);
        this.to = Encoding.ASCII.GetBytes(to);
        listener.Start();
        running = AcceptAsync();
    }

    /// <summary>What its clients name as the venue.</summary>
    public string Endpoint => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await running;
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await listener.AcceptTcpClientAsync(stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            await server.ConnectAsync(venue.Host, venue.Port, stop.Token);
            await Task.WhenAny(PumpAsync(client.GetStream(), server.GetStream(), (bytes, _) => bytes), PumpAsync(server.GetStream(), client.GetStream(), Change));
        }
    }

    private async Task PumpAsync(NetworkStream source, NetworkStream target, Func<int, byte[], int> change)
    {
        var buffer = new byte[64 * 1024];
        var kept = 0;
        try
        {
            while (await source.ReadAsync(buffer.AsMemory(kept), stop.Token) is > 0 and var read)
            {
                var ready = change(kept + read, buffer);
                await target.WriteAsync(buffer.AsMemory(0, ready), stop.Token);
                kept = kept + read - ready;
                Buffer.BlockCopy(buffer, ready, buffer, 0, kept);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One side has ended, and with it the other.
        }
    }

    // Returns how many bytes may go on: an end that could be the text's beginning waits for what follows.
    private int Change(int length, byte[] buffer)
    {
        var bytes = buffer.AsSpan(0, length);
        for (int at; (at = bytes.IndexOf(from)) >= 0;)
        {
            to.CopyTo(bytes[at..]);
        }

        var waiting = Math.Min(from.Length - 1, length);
        while (!from.AsSpan().StartsWith(bytes[(length - waiting)..]))
        {
            waiting--;
        }

        return length - waiting;
    }
}
