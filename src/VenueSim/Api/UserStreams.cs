using EventSourcedMM.VenueSim.Accounts;
using EventSourcedMM.VenueSim.Faults;
using EventSourcedMM.VenueSim.Orders;
using EventSourcedMM.VenueSim.Rest;
using EventSourcedMM.VenueSim.Sockets;
using EventSourcedMM.VenueSim.Time;
using EventSourcedMM.VenueSim.Wire;

namespace EventSourcedMM.VenueSim.Api;

/// <summary>Who listens to which account's user data stream, and what goes wrong on the way there. Used by the loop alone.</summary>
internal sealed class UserStreams(VenueClock clock, TimerQueue timers, FaultDirector faults)
{
    private readonly List<Subscription> subscriptions = [];
    private readonly Dictionary<Connection, int> nextIds = [];
    private readonly WireWriter json = new();

    /// <summary>Subscribes; returns the subscription's id.</summary>
    /// <exception cref="RestException">The connection listens to this account already.</exception>
    public int Subscribe(Connection connection, Account account, bool isLogon)
    {
        if (subscriptions.Exists(s => s.Connection == connection && s.Account == account))
        {
            throw new RestException(VenueError.Subscribed);
        }

        var id = nextIds.GetValueOrDefault(connection);
        nextIds[connection] = id + 1;
        subscriptions.Add(new Subscription(connection, id, account, isLogon));
        return id;
    }

    /// <summary>Ends a subscription, or all of a connection without an id.</summary>
    /// <exception cref="RestException">There is none.</exception>
    public void Unsubscribe(Connection connection, long? id)
    {
        if (subscriptions.RemoveAll(s => s.Connection == connection && (id is null || s.Id == id)) == 0)
        {
            throw new RestException(VenueError.NotSubscribed);
        }
    }

    /// <summary>The session has logged out: what it listened to by its logon ends.</summary>
    public void LogOut(Connection connection)
    {
        foreach (var subscription in subscriptions.Where(s => s.Connection == connection && s.IsLogon).ToArray())
        {
            Write(subscription, new TerminatedEvent(subscription.Account, clock.Now));
            subscriptions.Remove(subscription);
        }
    }

    /// <summary>Ids of a connection's subscriptions.</summary>
    public IEnumerable<int> Of(Connection connection) => subscriptions.Where(s => s.Connection == connection).Select(s => s.Id);

    /// <summary>A connection is gone.</summary>
    public void Remove(Connection connection)
    {
        subscriptions.RemoveAll(s => s.Connection == connection);
        nextIds.Remove(connection);
    }

    /// <summary>Tells an event to everybody who listens to its account: twice, late or not at all, when that is to go wrong.</summary>
    public void Send(UserEvent told)
    {
        if (!subscriptions.Exists(s => s.Account == told.Account))
        {
            return;
        }

        var subject = told is ExecutionEvent execution ? execution.Kind : told.GetType().Name;
        if (told is ExecutionEvent && faults.ForRequest(clock.Now, FaultKind.LostReport, subject) is not null)
        {
            return;
        }

        if (told is ExecutionEvent && faults.ForRequest(clock.Now, FaultKind.LateReport, subject) is { } late)
        {
            timers.Set(clock.Now + late.Length, () => Write(told), isDemanded: true);
            return;
        }

        Write(told);
        if (told is ExecutionEvent && faults.ForRequest(clock.Now, FaultKind.DoubleReport, subject) is not null)
        {
            Write(told);
        }
    }

    private void Write(UserEvent told)
    {
        foreach (var subscription in subscriptions)
        {
            if (subscription.Account == told.Account)
            {
                Write(subscription, told);
            }
        }
    }

    private void Write(Subscription subscription, UserEvent told)
    {
        json.Clear();
        json.Raw("{\"subscriptionId\":"u8);
        json.Number(subscription.Id);
        json.Raw(",\"event\":"u8);
        told.Write(json, subscription.Connection.Unit, faults.ClockError);
        json.Raw("}"u8);
        subscription.Connection.SendText(json.Span);
    }

    private sealed record Subscription(Connection Connection, int Id, Account Account, bool IsLogon);
}
