using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Tests.Simulation.Lockstep;

/// <summary>
/// A recording with the stamps that a client of the venue gives it: when the venue releases each event. That is the
/// receive stamp, later where the recorder's clock was behind the venue's. Days of a recording share it.
/// </summary>
internal sealed class DueStamps
{
    private long lead;
    private long last;

    public IEventSource Of(IEventSource source) => new Stamped(this, source);

    private long At(in EventHeader header)
    {
        lead = header.VenueTime == 0 ? lead : Math.Max(lead, header.VenueTime - header.ReceiveTime);
        last = Math.Max(last, header.ReceiveTime + lead);
        return last;
    }

    private sealed class Stamped(DueStamps stamps, IEventSource source) : IEventSource
    {
        public bool Read(out EventHeader header, out ReadOnlySpan<byte> payload)
        {
            if (!source.Read(out header, out payload))
            {
                return false;
            }

            header = header with { ReceiveTime = stamps.At(header) };
            return true;
        }

        public void Dispose() => source.Dispose();
    }
}
