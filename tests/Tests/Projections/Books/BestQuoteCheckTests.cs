using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;

namespace EventSourcedMM.Tests.Projections.Books;

public sealed class BestQuoteCheckTests
{
    /// <summary>q id bid: a quote; b id bid: the book stands at an id with a best bid; x: the line was lost. Checked and matched at the end.</summary>
    [Theory]
    [InlineData("q10,1 b12,1", 0, 0)]
    [InlineData("q10,1 b12,1 q13,2", 1, 1)]
    [InlineData("q10,1 b12,2 q13,2", 1, 0)]
    [InlineData("b12,1 q10,1 q13,2", 1, 1)]
    [InlineData("q10,1 q13,2 b12,1", 1, 1)]
    [InlineData("q10,1 q13,2 b13,2 q14,3", 1, 1)]
    [InlineData("q10,1 q11,2 q12,3 q13,4 b11,2 b12,3", 2, 2)]
    [InlineData("b9,1 q10,1 q13,2", 0, 0)]
    [InlineData("q10,1 b10,1 b11,1 b12,9 q13,2", 3, 2)]
    [InlineData("q10,1 q10,5 q9,5 b12,1 q13,2", 1, 1)]
    [InlineData("q10,1 b12,1 x0,0 b15,9 q20,9 b21,9 q22,1", 1, 1)]
    public void Compare_QuotesAndBooksInAnyOrder_ChecksEachBookOnce(string script, long isChecked, long matched)
    {
        var check = new BestQuoteCheck();
        foreach (var word in script.Split(' '))
        {
            long[] numbers = [.. word[1..].Split(',').Select(long.Parse)];
            if (word[0] == 'q')
            {
                check.On(new BestQuote { UpdateId = numbers[0], BidPrice = numbers[1], BidQuantity = 7, AskPrice = 100, AskQuantity = 8 });
            }
            else if (word[0] == 'x')
            {
                check.Forget();
            }
            else
            {
                var book = new OrderBook();
                book.Apply([new Level(numbers[1], 7)], [new Level(100, 8)]);
                check.OnBook(numbers[0], book);
            }
        }

        Assert.Equal((isChecked, matched), (check.Checked, check.Matched));
        Assert.Equal(isChecked - matched, check.Differences.Count);
    }

    [Fact]
    public void Compare_OneStreamStops_MemoryStaysBounded()
    {
        var check = new BestQuoteCheck();
        var book = new OrderBook();
        book.Apply([new Level(1, 7)], [new Level(100, 8)]);
        for (var id = 1; id <= BestQuoteCheck.MaxWaiting + 100; id++)
        {
            check.OnBook(id, book);
        }

        // The oldest hundred are gone; the others are compared once quotes come.
        check.On(new BestQuote { UpdateId = 1, BidPrice = 1, BidQuantity = 7, AskPrice = 100, AskQuantity = 8 });
        check.On(new BestQuote { UpdateId = long.MaxValue, BidPrice = 1, BidQuantity = 7, AskPrice = 100, AskQuantity = 8 });
        Assert.Equal((BestQuoteCheck.MaxWaiting, BestQuoteCheck.MaxWaiting), (check.Checked, check.Matched));
    }
}
