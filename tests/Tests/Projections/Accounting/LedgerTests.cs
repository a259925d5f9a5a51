using System.Globalization;
using System.Numerics;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Accounting;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.Tests.Support;
using FsCheck.Fluent;

namespace EventSourcedMM.Tests.Projections.Accounting;

/// <summary>The ledger against average cost in fractions, for any fills, scales and commission assets.</summary>
public sealed class LedgerTests
{
    [Fact]
    public void Ledger_AnyFills_IsTheRationalTwinWithinWhatRoundingAllows()
    {
        var (flat, closings) = (0, 0);
        Cases.Check(ArbMap.Default.ArbFor<int[]>(), 2_000, seeds =>
        {
            var instrument = InstrumentOf(seeds.Length == 0 ? 0 : seeds[0]);
            var (ledger, twin) = (new Ledger(), new RationalLedger());
            foreach (var seed in seeds)
            {
                var random = new Random(seed);
                var fill = Fill(random, instrument, twin.Position);
                ledger.Apply(fill);
                twin.Apply(fill, fill.Commission * BigInteger.Pow(10, instrument.QuantityScale.Decimals - instrument.CommissionDecimals));

                Assert.Equal(twin.Position, ledger.Position);
                Same(twin.Cash, ledger.Cash);
                Same(twin.Fees, ledger.Fees);
                Same(twin.FeesElsewhere, ledger.FeesElsewhere);
                Assert.True(twin.IsNear(ledger.Realised), $"realised {ledger.Realised} after {twin.ClosingsSinceFlat} closings");
                Assert.True(ledger.Position != 0 || ledger.Cost == 0, $"a flat position cost {ledger.Cost}");
                flat += ledger.Position == 0 ? 1 : 0;
                closings += twin.ClosingsSinceFlat > 0 ? 1 : 0;

                // realised + unrealised − fees is the change of equity, whatever the mid.
                var mid = random.NextInt64(1, 1L << random.Next(1, 50));
                ledger.Verify(mid);
                Same(twin.Cash - twin.FeesElsewhere + Floor(twin.Position * mid), ledger.Equity(mid));
            }
        });
        Assert.True(flat > Cases.Count(2_000) / 10 && closings > Cases.Count(2_000), $"{flat} times flat, {closings} times partly closed");
    }

    [Fact]
    public void Commission_AnyFill_IsTheShareRoundedUpOfWhatIsReceived()
    {
        Cases.Check(ArbMap.Default.ArbFor<int>(), 2_000, seed =>
        {
            var random = new Random(seed);
            var instrument = InstrumentOf(seed);
            var ppm = random.Next(4) == 0 ? 0 : random.NextInt64(0, 100_001);
            var fill = Fill(random, instrument, 0, ppm, FeeAsset.Base);
            var received = fill.Side == Side.Bid ? (BigInteger)fill.Quantity : (BigInteger)fill.Price * fill.Quantity;
            var unit = BigInteger.Pow(10, (fill.Side == Side.Bid ? instrument.QuantityScale.Decimals : instrument.MoneyDecimals) - instrument.CommissionDecimals);

            // commission · unit ≥ received · ppm / 10⁶ > (commission − 1) · unit
            Assert.True(fill.Commission * unit * 1_000_000 >= received * ppm);
            Assert.True((fill.Commission - 1) * unit * 1_000_000 < received * ppm);
            Same(fill.Commission * unit * (fill.Side == Side.Bid ? fill.Price : 1), fill.CommissionValue);
            Assert.Equal(fill.Side == Side.Bid ? FeeAsset.Base : FeeAsset.Quote, fill.CommissionAsset);
        });
    }

    [Fact]
    public void Apply_BuyWithCommissionInBase_HoldsLessAndPaysTheFeeOnce()
    {
        // 1 at 100 with 0.1 %: 0.999 held, 100 paid, 0.1 of fees; at a mid of 100 that is a loss of the fee alone.
        var instrument = LineInstrument();
        var fill = new OrderFilled { Side = Side.Bid, Price = 100_00000000, Quantity = 1_00000000 };
        Commission.Charge(ref fill, instrument, 1_000);
        var ledger = new Ledger();
        ledger.Apply(fill);
        Assert.Equal(("0.999", "-100", "99.9", "0", "0.1", "-0.1"), (instrument.FormatQuantity(ledger.Position), instrument.FormatMoney(ledger.Cash), instrument.FormatMoney(ledger.Cost), instrument.FormatMoney(ledger.Realised), instrument.FormatMoney(ledger.Fees), instrument.FormatMoney(ledger.Equity(200_00000000))));
    }

    [Fact]
    public void Apply_PositionBeyond64Bits_StopsInsteadOfWrapping()
    {
        var ledger = new Ledger();
        var fill = new OrderFilled { Side = Side.Bid, Price = 1, Quantity = long.MaxValue, CommissionAsset = FeeAsset.Quote };
        ledger.Apply(fill);
        Assert.Throws<OverflowException>(() => ledger.Apply(fill));
    }

    private static OrderFilled Fill(Random random, Instrument instrument, BigInteger held, long ppm = -1, FeeAsset? asset = null)
    {
        // Tiny and huge, and now and then exactly what makes the position flat.
        var price = random.NextInt64(1, 1L << random.Next(1, 47));
        var quantity = random.NextInt64(1, 1L << random.Next(1, 46));
        var fill = new OrderFilled { Side = random.Next(2) == 0 ? Side.Bid : Side.Ask, Price = price, Quantity = quantity };
        if (!held.IsZero && random.Next(4) == 0)
        {
            fill.Side = held.Sign > 0 ? Side.Ask : Side.Bid;
            fill.Quantity = (long)BigInteger.Abs(held);
            ppm = 0;
        }

        Commission.Charge(ref fill, instrument, ppm >= 0 ? ppm : random.Next(3) * 750L);
        if (asset is null && random.Next(4) == 0)
        {
            fill.CommissionAsset = FeeAsset.Other;
            fill.CommissionValue = random.NextInt64(1L << 40);
        }

        return fill;
    }

    private static Instrument InstrumentOf(int seed)
    {
        var random = new Random(seed);
        var quantity = random.Next(4, 11);
        return LineInstrument() with { PriceScale = new Scale(random.Next(2, 11)), QuantityScale = new Scale(quantity), CommissionDecimals = random.Next(2, Math.Min(quantity, 8) + 1) };
    }

    private static Instrument LineInstrument() => EventSourcedMM.Tests.Support.Naive.LineRecording.Instrument;

    private static BigInteger Floor(BigInteger twice) => twice.IsEven ? twice / 2 : (twice - 1) / 2;

    private static void Same(BigInteger twin, Int128 ours) => Assert.Equal(twin.ToString(CultureInfo.InvariantCulture), ours.ToString(CultureInfo.InvariantCulture));
}
