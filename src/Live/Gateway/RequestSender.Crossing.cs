using EventSourcedMM.Domain.Book;
using EventSourcedMM.Live.Gateway.Orders;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Live.Gateway;

/// <summary>Orders of our own that a new one would meet.</summary>
internal sealed partial class RequestSender
{
    // The side whose cancels are to be sent first, because a new order of the other side would meet what they cancel.
    private static Side? SideToClear(OrderDesk desk, ReadOnlySpan<GatewayRequest> requests)
    {
        foreach (ref readonly var place in requests)
        {
            if (!place.Request.IsCancel)
            {
                foreach (ref readonly var cancel in requests)
                {
                    if (cancel.Request.IsCancel && desk.Tracker.FindOrder(cancel.Request.OrderId) is { } order && Meets(place.Request, order))
                    {
                        return order.Side;
                    }
                }
            }
        }

        return null;
    }

    private static bool Meets(in OrderRequest place, TrackedOrder resting) =>
        resting.Side != place.Side && resting.IsOpen && (place.Side == Side.Bid ? place.Price >= resting.Price : place.Price <= resting.Price);
}
