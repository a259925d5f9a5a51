using System.Globalization;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Quoting;
using NodaTime;
using NodaTime.Text;

namespace EventSourcedMM.Replay.Explain;

/// <summary>Values as text, the same in every explanation.</summary>
internal static class Words
{
    /// <summary>bid or ask.</summary>
    public static string Of(Side side) => side == Side.Bid ? "bid" : "ask";

    /// <summary>A code's written name.</summary>
    public static string Code<TEnum>(TEnum value)
        where TEnum : unmanaged, Enum => CodeNames<TEnum>.Name(Convert.ToInt32(value, CultureInfo.InvariantCulture));

    /// <summary>Why a side is quoted as it is, as it goes on from "were".</summary>
    public static string Say(SideReason reason) => reason switch
    {
        SideReason.Quoted => "wanted in full size",
        SideReason.Reduced => "wanted in smaller size",
        SideReason.InventoryLimit => "pulled, since the inventory limit leaves no room",
        SideReason.NotionalLimit => "pulled, since max_notional leaves no room",
        SideReason.BelowMinimum => "less than the venue's smallest order",
        SideReason.NoBalance => "left out for want of a free balance",
        SideReason.PriceCollar => "left out, since price_collar_ppm allows no order so far from the mid",
        SideReason.PortfolioLimit => "pulled, since the portfolio leaves the symbol no room",
        _ => "left out, since their price would not be positive",
    };

    /// <summary>A real with every digit that tells it from its neighbours.</summary>
    public static string Real(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A real as people read it.</summary>
    public static string Short(double value) => value.ToString("g7", CultureInfo.InvariantCulture);

    /// <summary>A whole number.</summary>
    public static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A time in UTC.</summary>
    public static string Time(long time) => InstantPattern.ExtendedIso.Format(NodaConstants.UnixEpoch + Duration.FromNanoseconds(time));

    /// <summary>Text of numbers, in no language.</summary>
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
