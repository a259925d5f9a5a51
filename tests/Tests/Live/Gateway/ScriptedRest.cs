using System.Net;
using System.Text;
using EventSourcedMM.Tests.Live.Trading;

namespace EventSourcedMM.Tests.Live.Gateway;

/// <summary>The public REST questions of a gateway, answered by hand: by path, with a status and a body.</summary>
internal sealed class ScriptedRest : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly Task serving;
    private Func<string, (int Status, string Body)> answer;

    public ScriptedRest(Func<string, (int Status, string Body)> answer)
    {
        this.answer = answer;
        Address = $"http://127.0.0.1:{KeyLeakTests.FreePort()}";
        listener.Prefixes.Add(Address + "/");
        listener.Start();
        serving = ServeAsync();
    }

    public string Address { get; }

    /// <summary>What is answered from now on.</summary>
    public void Answer(Func<string, (int Status, string Body)> next) => Volatile.Write(ref answer, next);

    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await serving;
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            try
            {
                var asked = await listener.GetContextAsync();
                var (status, body) = Volatile.Read(ref answer)(asked.Request.Url!.AbsolutePath);
                asked.Response.StatusCode = status;
                await asked.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
                asked.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                // The test is over.
                return;
            }
        }
    }
}
