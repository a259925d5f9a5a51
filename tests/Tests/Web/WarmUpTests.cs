using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Web.Serving;
using EventSourcedMM.Web.Timelines;

namespace EventSourcedMM.Tests.Web;

/// <summary>What the viewer does before anybody asks: every question of a page is answered once, of a sample that is built in.</summary>
public sealed class WarmUpTests
{
    [Fact]
    public async Task Sample_EveryQuestionOfAPage_IsAnswered()
    {
        var warm = new WarmUp(TimeProvider.System, () => false, CancellationToken.None);
        await warm.RunAsync();
        Assert.All(warm.Answered, a => Assert.True(a.Status == 200, $"{a.Question} was answered with {a.Status}"));
        Assert.Equal(["explain", "follow", "jump", "list", "log", "open", "series", "state"], warm.Answered.Select(a => a.Question).Distinct().Order(StringComparer.Ordinal));

        // Not with nothing: orders, fills and decisions are in it, so that what writes them is compiled too.
        Assert.All(warm.Answered.Where(a => a.Question is "series" or "open"), a => Assert.InRange(a.Length, 400, 1_000_000));
        Assert.Equal(0, warm.Answered.Count % 3);
        Assert.False(Directory.Exists(warm.Folder));
    }

    [Fact]
    public async Task Page_ThatAsks_EndsIt()
    {
        var asked = 0;
        var warm = new WarmUp(TimeProvider.System, () => ++asked > 3, CancellationToken.None);
        await warm.RunAsync();
        Assert.InRange(warm.Answered.Count, 1, 3);
        Assert.False(Directory.Exists(warm.Folder));
    }

    [Fact]
    public async Task Server_ThatEnds_EndsIt()
    {
        using var stop = new CancellationTokenSource();
        var warm = new WarmUp(TimeProvider.System, () => false, stop.Token);
        await stop.CancelAsync();
        await warm.RunAsync();
        Assert.Empty(warm.Answered);
    }
}

/// <summary>The thread behind the answers.</summary>
public sealed class BackgroundTests
{
    [Fact]
    public void Works_TakeTurnsOnOneThreadAndAreCompletedOnce()
    {
        using var background = new Background(TimeProvider.System);
        var order = new List<(char Who, int Thread)>();
        using var both = new CountdownEvent(2);
        using var begin = new ManualResetEventSlim();
        foreach (var who in "ab")
        {
            var left = 50;
            background.Follow(
                () =>
                {
                    begin.Wait();
                    order.Add((who, Environment.CurrentManagedThreadId));
                    return --left > 0;
                },
                () => { },
                () => left <= 0,
                () => both.Signal());
        }

        begin.Set();
        Assert.True(both.Wait(TimeSpan.FromSeconds(30)));
        Assert.Equal(100, order.Count);
        Assert.Single(order.Select(o => o.Thread).Distinct());

        // Once both are known (the first may have begun alone), neither gets two steps in a row.
        var turns = string.Concat(order.Select(o => o.Who));
        Assert.InRange(turns.LastIndexOf("aaa", StringComparison.Ordinal), -1, 5);
        Assert.Equal("ab", string.Concat(turns[60..62].Order()));
    }

    [Fact]
    public void Work_ThatMeetsDamage_IsAskedAgainAndHoldsNobodyUp()
    {
        using var background = new Background(TimeProvider.System);
        using var completed = new CountdownEvent(2);
        var attempts = 0;
        background.Follow(() => false, () => throw new IOException("away"), () => ++attempts > 4, () => completed.Signal());
        var left = 10;
        background.Follow(() => --left > 0, () => { }, () => left <= 0, () => completed.Signal());
        Assert.True(completed.Wait(TimeSpan.FromSeconds(30)));
    }
}
