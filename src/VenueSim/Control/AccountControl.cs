using System.Globalization;
using System.Text.Json;
using EventSourcedMM.VenueSim.Accounts;
using EventSourcedMM.VenueSim.Api;
using EventSourcedMM.VenueSim.Orders;
using EventSourcedMM.VenueSim.Time;

namespace EventSourcedMM.VenueSim.Control;

/// <summary>What the control endpoint tells of accounts and does to them (docs/venue.md). Used by the loop alone.</summary>
internal sealed class AccountControl(VenueClock clock, AccountDesk accounts, UserStreams streams)
{
    /// <summary>All accounts with what they hold.</summary>
    public byte[] All()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("accounts");
            foreach (var account in accounts.All)
            {
                json.WriteStartObject();
                json.WriteString("account", account.Name);
                json.WriteNumber("openOrders", account.OpenOrders.Count());
                json.WriteNumber("orders", account.Orders.Count);
                json.WriteNumber("trades", account.Executions.Count);
                json.WriteStartArray("balances");
                foreach (var (asset, free, locked) in account.Funds.All)
                {
                    json.WriteStartObject();
                    json.WriteString("asset", asset);
                    json.WriteString("free", Amount.Text(free));
                    json.WriteString("locked", Amount.Text(locked));
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Opens an account.</summary>
    /// <exception cref="FormatException">It cannot be opened.</exception>
    public byte[] Open(AccountOptions options)
    {
        accounts.Open(options);
        return All();
    }

    /// <summary>A deposit, or a withdrawal when it is negative: the user data stream is told.</summary>
    /// <exception cref="ControlArgumentException">There is no such account, or not enough in it.</exception>
    public byte[] Transfer(string key, string asset, string amount)
    {
        var account = accounts.FindKey(key)?.Account ?? throw new ControlArgumentException($"account={key} is no API key here.");
        if (!decimal.TryParse(amount, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || asset.Length == 0 || !asset.All(char.IsAsciiLetterOrDigit))
        {
            throw new ControlArgumentException($"asset={asset}, amount={amount} is no transfer; write asset=USDT&amount=-12.5.");
        }

        var delta = Amount.Of(number);
        if (account.Funds.Free(asset) + delta < 0)
        {
            throw new ControlArgumentException($"amount={amount}: {key} has only {Amount.Text(account.Funds.Free(asset))} {asset} free.");
        }

        account.Funds.Add(asset, delta);
        account.UpdatedAt = clock.Now;
        streams.Send(new BalanceEvent(account, clock.Now, asset, delta));
        streams.Send(PositionEvent.Of(account, clock.Now, [asset]));
        return All();
    }
}
