using Understudy.Core;
using Understudy.Core.Ups;
using Xunit;

namespace Understudy.Tests.Ups;

public sealed class ProxyMemoryTests
{
    private static readonly ProxyMemory Whole = new(
        "usbhid-ups-a",
        [("usbhid-ups-a", new SourceOverride(Primary: false, new Instant(77), "the cable is being moved")), ("snmp-ups-b", new SourceOverride(Primary: true, Instant.Never, "asked for"))]);

    [Fact]
    public void It_reads_as_it_was_written()
    {
        Assert.Equal(Whole, ProxyMemory.Parse(Whole.Text("boot"), "boot"));
        Assert.Equal(ProxyMemory.None, ProxyMemory.Parse(ProxyMemory.None.Text("boot"), "boot"));
    }

    [Fact]
    public void A_span_ends_with_the_boot_that_it_was_counted_in_and_a_word_without_an_end_does_not()
    {
        var read = ProxyMemory.Parse(Whole.Text("boot"), "the next boot");
        Assert.Equal("usbhid-ups-a", read.Primary);
        Assert.Equal("snmp-ups-b", Assert.Single(read.Words).Source);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\nboot\nprimary\nwant a\nignore a x y\nwant a 99999999999999999999999 why\n")]
    public void What_is_no_memory_is_left_out(string text) => Assert.Equal(ProxyMemory.None, ProxyMemory.Parse(text, "boot"));
}
