using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Web.Timelines;

/// <summary>
/// Gives the book after any event of a day. It goes on from where it stood when that is near, as in playing; otherwise from
/// the last kept book.
/// </summary>
internal sealed class BookWalker(MarketIndex index) : IDisposable
{
    // Two readers at different moments, such as two runs side by side, do not throw each other back.
    private const int Places = 4;

    private readonly Lock gate = new();
    private readonly List<Place> places = [];

    /// <summary>Looks at the book after an event.</summary>
    public TResult At<TResult>(long sequence, Func<BookFold, TResult> body)
    {
        // Asked before the gate is taken: the index, when it is made anew, comes here with its own taken.
        var keyframe = index.KeyframeBefore(sequence);
        lock (gate)
        {
            var place = Find(sequence, keyframe);
            var arena = place.Arena;
            while (place.Fold.Sequence < sequence && place.Source.Read(out var header, out var payload))
            {
                arena.Clear();
                EventCatalog.Decode(header, payload, arena, ref place.Fold);
            }

            return body(place.Fold);
        }
    }

    /// <summary>Gives up every place where it stood: the index is made anew.</summary>
    public void Forget() => Dispose();

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            foreach (var place in places)
            {
                place.Source.Dispose();
            }

            places.Clear();
        }
    }

    private Place Find(long sequence, BookKeyframe? keyframe)
    {
        var from = keyframe?.Sequence ?? 0;
        var place = places.Where(p => p.Fold.Sequence <= sequence && p.Fold.Sequence >= from).MaxBy(p => p.Fold.Sequence);
        if (place is null)
        {
            if (places.Count == Places)
            {
                places[0].Source.Dispose();
                places.RemoveAt(0);
            }

            place = new Place(keyframe?.Restore() ?? new BookFold(), new UpcastSource(index.Day.Store.OpenToLook(index.Name, from + 1)));
        }
        else
        {
            places.Remove(place);
        }

        // The one used last is given up last.
        places.Add(place);
        return place;
    }

    private sealed class Place(BookFold fold, UpcastSource source)
    {
        public BookFold Fold = fold;

        public UpcastSource Source => source;

        public LevelArena Arena { get; } = new();
    }
}
