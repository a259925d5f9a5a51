using System.Text;
using EventSourcedMM.Live.Import;

namespace EventSourcedMM.Tests.Live.Import;

public sealed class RecorderLineTests
{
    [Theory]
    [InlineData("1721749182 {}", 1_721_749_182_000_000_000, ReceiveClock.Seconds)]
    [InlineData("1721749182850 {}", 1_721_749_182_850_000_000, ReceiveClock.Milliseconds)]
    [InlineData("1721749182850494 {}", 1_721_749_182_850_494_000, ReceiveClock.Microseconds)]
    [InlineData("1721749182850494123 {}", 1_721_749_182_850_494_123, ReceiveClock.Nanoseconds)]
    [InlineData("1721749182850494\t  {}  ", 1_721_749_182_850_494_000, ReceiveClock.Microseconds)]
    [InlineData("1721749182850{}", 1_721_749_182_850_000_000, ReceiveClock.Milliseconds)]
    public void TryParse_StampOfKnownLength_IsNanoseconds(string line, long time, ReceiveClock clock)
    {
        Assert.True(RecorderLine.TryParse(Encoding.UTF8.GetBytes(line), out var parsed, out var problem), problem);
        Assert.Equal((time, clock), (parsed.ReceiveTime, parsed.Clock));
        Assert.Equal("{}", Encoding.UTF8.GetString(parsed.Message));
    }

    [Theory]
    [InlineData("{}", "does not begin with a local stamp")]
    [InlineData("172174918285 {}", "begins with 12 digits")]
    [InlineData("17217491828504941234 {}", "begins with 20 digits")]
    [InlineData("9999999999 {}", "after the year 2262")]
    [InlineData("9999999999999999999 {}", "after the year 2262")]
    [InlineData("1721749182850", "no message")]
    [InlineData("1721749182850  ", "no message")]
    [InlineData("1721749182850.5 {}", "not followed by white space")]
    public void TryParse_AnythingElse_SaysWhatIsWrong(string line, string reason)
    {
        Assert.False(RecorderLine.TryParse(Encoding.UTF8.GetBytes(line), out _, out var problem));
        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }
}
