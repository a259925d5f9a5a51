using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores;

/// <summary>Pulls events from pages. The next page is fetched while one is being read.</summary>
internal sealed class PageSource : IEventSource
{
    private readonly CancellationTokenSource cancel = new();
    private readonly IAsyncEnumerator<EventPage> pages;
    private Task<bool> next;
    private EventPage? page;
    private int index;

    public PageSource(IAsyncEnumerable<EventPage> read)
    {
        pages = read.GetAsyncEnumerator(cancel.Token);
        next = Fetch();
    }

    public bool Read(out EventHeader header, out ReadOnlySpan<byte> payload)
    {
        if (page is null || index == page.Count)
        {
            if (!next.GetAwaiter().GetResult())
            {
                page = null;
                header = default;
                payload = default;
                return false;
            }

            page = pages.Current;
            index = 0;
            next = Fetch();
        }

        var stored = page[index++];
        header = stored.Header;
        payload = stored.Payload.Span;
        return true;
    }

    public void Dispose()
    {
        // An enumerator may be disposed only when no fetch is under way.
        cancel.Cancel();
        try
        {
            next.GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is OperationCanceledException || next.IsFaulted)
        {
            // Whoever stops reading does not care how the page after would have ended.
        }

        pages.DisposeAsync().AsTask().GetAwaiter().GetResult();
        cancel.Dispose();
    }

    // On the pool: a store may do its reading before it first waits.
    private Task<bool> Fetch() => Task.Run(() => pages.MoveNextAsync().AsTask());
}
