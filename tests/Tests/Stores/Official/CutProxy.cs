#if OFFICIAL_STORES && MM_TEST_ESDB
using System.Net;
using System.Net.Sockets;

namespace EventSourcedMM.Tests.Stores;

/// <summary>Stands between a client and a server on loopback, and breaks off what is under way when it is told to.</summary>
internal sealed class CutProxy : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly List<Socket> open = [];
    private readonly Uri server;
    private volatile bool away;

    public CutProxy(string address)
    {
        server = new Uri(address);
        listener.Start();
        _ = Task.Run(AcceptAsync);
    }

    /// <summary>The server's address, by way of this.</summary>
    public string Address => new UriBuilder(server) { Host = "127.0.0.1", Port = ((IPEndPoint)listener.LocalEndpoint).Port }.Uri.OriginalString;

    /// <summary>Connections that were made.</summary>
    public int Connections { get; private set; }

    /// <summary>While true, a connection is closed as soon as it is made.</summary>
    public bool Away
    {
        get => away;
        set
        {
            away = value;
            Cut();
        }
    }

    /// <summary>Breaks every connection off.</summary>
    public void Cut()
    {
        lock (open)
        {
            open.ForEach(s => s.Close(0));
            open.Clear();
        }
    }

    public void Dispose()
    {
        listener.Dispose();
        Cut();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptSocketAsync();
                if (away)
                {
                    client.Close(0);
                    continue;
                }

                var behind = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await behind.ConnectAsync(server.Host, server.Port);
                lock (open)
                {
                    open.Add(client);
                    open.Add(behind);
                    Connections++;
                }

                _ = PumpAsync(client, behind);
                _ = PumpAsync(behind, client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // tidy-ok: the test is over
        }
    }

    private static async Task PumpAsync(Socket from, Socket to)
    {
        var bytes = new byte[64 * 1024];
        try
        {
            for (int read; (read = await from.ReceiveAsync(bytes)) > 0;)
            {
                for (var sent = 0; sent < read;)
                {
                    sent += await to.SendAsync(bytes.AsMemory(sent, read - sent));
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // tidy-ok: the other end is gone, and so is this one
        }
        finally
        {
            from.Dispose();
            to.Dispose();
        }
    }
}
#endif
