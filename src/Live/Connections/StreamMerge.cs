namespace EventSourcedMM.Live.Connections;

/// <summary>
/// Makes one stream of what two overlapping connections deliver of it: the same ids, each in its order. What comes from
/// the connection that delivered last is taken as it is, so a single connection is recorded word for word, repetitions
/// included; what comes from another one is taken when it is newer.
/// </summary>
public struct StreamMerge
{
    private long lastId;
    private int source;

    /// <summary>True when the message is to be taken.</summary>
    /// <param name="connection">Number of the connection that delivers it; never 0.</param>
    /// <param name="id">Its last id: update id or trade id.</param>
    public bool Take(int connection, long id)
    {
        if (connection != source)
        {
            if (source != 0 && id <= lastId)
            {
                return false;
            }

            source = connection;
        }

        lastId = Math.Max(lastId, id);
        return true;
    }

    /// <summary>Forgets everything: no connection is up, and a venue that was reset may count from anew.</summary>
    public void Reset()
    {
        lastId = 0;
        source = 0;
    }
}
