using System.Runtime;

namespace EventSourcedMM.Cli.Live;

/// <summary>
/// Keeps the garbage collector away while a run trades: room for hours of what a run allocates is set aside at the start, and no
/// collection happens before it is used up. Room is made anew at a quiet moment, when nothing was decided for a while, long before
/// that. Where the machine has no such room, or something fills it at once (a day that is archived at midnight), collections
/// happen as they always did.
/// </summary>
internal sealed class QuietHeap : IDisposable
{
    /// <summary>Room in bytes.</summary>
    public const long Room = 128L << 20;

    // Whoever allocates more between two looks is at work: setting room aside now would be in his way.
    private const long Busy = 4L << 20;

    private readonly long room;
    private long armedAt;
    private long looked;
    private bool isArmed;
    private bool hasRoom = true;

    private QuietHeap(long room) => this.room = room;

    /// <summary>Bytes allocated by the process so far.</summary>
    public static long Allocated => GC.GetTotalAllocatedBytes();

    /// <summary>How often room was set aside; each time is one collection of every generation, at a moment of our choice.</summary>
    public int Times { get; private set; }

    /// <summary>True while no collection will happen.</summary>
    public bool IsQuiet => isArmed && GCSettings.LatencyMode == GCLatencyMode.NoGCRegion;

    /// <summary>Sets room aside; where there is none everything goes on as it would.</summary>
    public static QuietHeap Start(long room = Room)
    {
        var heap = new QuietHeap(room);
        heap.Arm();
        return heap;
    }

    /// <summary>Looks whether room should be made anew. Call it a few times a second.</summary>
    /// <param name="isIdle">True when nothing was decided since the last look.</param>
    public void Look(bool isIdle)
    {
        var allocated = Allocated;
        var recently = allocated - looked;
        looked = allocated;
        var used = allocated - armedAt;
        if (!hasRoom)
        {
            return;
        }

        if (IsQuiet ? (isIdle && used > room / 2) || used > room / 8 * 7 : isIdle && recently < Busy)
        {
            Disarm();
            Arm();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Disarm();

    private void Arm()
    {
        try
        {
            isArmed = GC.TryStartNoGCRegion(room);
            hasRoom = isArmed;
            Times += isArmed ? 1 : 0;
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or InvalidOperationException)
        {
            // More than the collector can promise on this machine, or somebody else has asked for it.
            isArmed = false;
            hasRoom = false;
        }

        armedAt = Allocated;
        looked = armedAt;
    }

    private void Disarm()
    {
        if (!IsQuiet)
        {
            return;
        }

        try
        {
            GC.EndNoGCRegion();
        }
        catch (InvalidOperationException)
        {
            // The room was used up between the look and here.
        }
    }
}
