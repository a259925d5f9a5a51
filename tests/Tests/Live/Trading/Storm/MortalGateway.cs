using System.Threading.Channels;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Live.Gateway;

namespace EventSourcedMM.Tests.Live.Trading.Storm;

/// <summary>
/// A gateway whose process can die: from then on nothing is handed in any more, its sockets are cut, and whoever asks it to cancel
/// everything at the end has nobody who could. What the venue has is left as it is.
/// </summary>
internal sealed class MortalGateway(OrderGateway inner) : IOrderGateway
{
    private readonly List<Desk> desks = [];
    private volatile bool isDead;

    public GatewayBudgets Budgets => inner.Budgets;

    public GatewayTraffic Traffic => inner.Traffic;

    public ClockReading? ClockError => inner.ClockError;

    public long Account => inner.Account;

    public GatewayStatus Status => inner.Status;

    /// <summary>From now on no request is taken. To be called with the symbols' gates held: between two turns.</summary>
    public void Stun() => isDead = true;

    /// <summary>The rest of dying: the sockets are cut without a word.</summary>
    public async Task DieAsync()
    {
        isDead = true;
        await inner.AbandonAsync();
        desks.ForEach(d => d.End());
    }

    public string Describe() => string.Join("\n", desks.Select(d => inner.Describe(d.Inner)));

    public IOrderDesk AddDesk(DeskStart start)
    {
        var desk = new Desk(this, inner.AddDesk(start));
        desks.Add(desk);
        return desk;
    }

    public Task OpenAsync(CancellationToken ct) => inner.OpenAsync(ct);

    public Task<CancelAllOutcome> CancelAllAsync(string symbol, CancellationToken ct) =>
        isDead ? Task.FromResult(new CancelAllOutcome(symbol, 0, Confirmed: true, "the process is dead")) : inner.CancelAllAsync(symbol, ct);

    public Task CloseAsync(CancellationToken ct) => isDead ? Task.CompletedTask : inner.CloseAsync(ct);

    public ValueTask DisposeAsync() => isDead ? ValueTask.CompletedTask : inner.DisposeAsync();

    private sealed class Desk(MortalGateway owner, IOrderDesk inner) : IOrderDesk
    {
        public IOrderDesk Inner => inner;

        public Instrument Instrument => inner.Instrument;

        public ChannelReader<GatewayEvent> Events => inner.Events;

        public int Unanswered => owner.isDead ? 0 : inner.Unanswered;

        public void Submit(ReadOnlySpan<GatewayRequest> requests)
        {
            if (!owner.isDead)
            {
                inner.Submit(requests);
            }
        }

        public void Reconcile() => inner.Reconcile();

        public void AllowOrders() => inner.AllowOrders();

        public void End() => ((OrderDesk)inner).Complete();
    }
}
