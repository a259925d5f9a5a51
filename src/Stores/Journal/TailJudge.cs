namespace EventSourcedMM.Stores.Journal;

/// <summary>Tells a torn tail, which a crash may leave, from damage, which nothing may.</summary>
internal static class TailJudge
{
    /// <summary>
    /// Judges bytes that are no whole frame. They are a torn tail when they lie in the last segment, behind everything that
    /// was acknowledged as durable, and no whole batch comes after them.
    /// </summary>
    /// <param name="folder">The stream.</param>
    /// <param name="segment">Its last segment, standing at the bytes; <see cref="SegmentReader.Problem"/> says what they are.</param>
    /// <param name="version">Last whole event before them.</param>
    /// <param name="mark">The commit mark.</param>
    /// <exception cref="StreamDamagedException">It is damage.</exception>
    public static TornTail Judge(StreamFolder folder, SegmentReader segment, long version, CommitPoint mark)
    {
        var name = Path.GetFileName(segment.Path);
        var first = segment.DamagedSequence > 0 ? segment.DamagedSequence : version + 1;
        if (mark.Version > version)
        {
            throw new StreamDamagedException(folder.Stream, first, $"At offset {segment.Offset} of {name} {segment.Problem} Events up to {mark.Version} were acknowledged as durable.");
        }

        var later = segment.FindFrame(segment.Offset + 1);
        if (later >= 0)
        {
            throw new StreamDamagedException(folder.Stream, first, $"At offset {segment.Offset} of {name} {segment.Problem} Whole batches follow from offset {later}.");
        }

        return new TornTail(name, segment.Offset, segment.FileLength - segment.Offset, version, segment.Problem);
    }
}
