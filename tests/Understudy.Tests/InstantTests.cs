using Understudy.Core;
using Xunit;

namespace Understudy.Tests;

public sealed class InstantTests
{
    [Fact]
    public void A_span_later_is_later()
    {
        var at = new Instant(5);
        Assert.True(at + TimeSpan.FromTicks(1) > at);
        Assert.Equal(TimeSpan.FromTicks(1), at + TimeSpan.FromTicks(1) - at);
    }

    [Fact]
    public void Lists_in_records_are_compared_by_their_items()
    {
        ValueList<int> one = [1, 2], same = [1, 2], other = [2, 1];
        Assert.Equal(one, same);
        Assert.NotEqual(one, other);
    }
}
