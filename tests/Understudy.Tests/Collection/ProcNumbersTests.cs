using System.Text;
using Understudy.Core.Collection;
using Xunit;

namespace Understudy.Tests.Collection;

public sealed class ProcNumbersTests
{
    private const string Meminfo = "MemTotal:       24684092 kB\nMemFree:        24353396 kB\nActive(anon):       1536 kB\nHugePages_Total:       0\nDirectMap1G:    25165824 kB\n";

    [Fact]
    public void Names_are_those_of_the_file_and_numbers_as_they_stand_there()
    {
        var numbers = new ProcNumbers();
        Assert.True(numbers.Read(Encoding.ASCII.GetBytes(Meminfo)));
        Assert.Equal(["MemTotal", "MemFree", "Active(anon)", "HugePages_Total", "DirectMap1G"], numbers.Names);
        Assert.Equal([24684092, 24353396, 1536, 0, 25165824], numbers.Values.ToArray());
        Assert.True(numbers.Read("nr_free_pages 1611600\npgalloc_dma32 0\n"u8));
        Assert.Equal(["nr_free_pages", "pgalloc_dma32"], numbers.Names);
        Assert.Equal(2, numbers.Number);
    }

    [Fact]
    public void The_same_lines_again_are_the_same_list_and_allocate_nothing()
    {
        var numbers = new ProcNumbers();
        var text = Encoding.ASCII.GetBytes(Meminfo);
        var later = Encoding.ASCII.GetBytes(Meminfo.Replace("  1536", "987654", StringComparison.Ordinal));
        for (var i = 0; i < 3; i++)
        {
            Assert.True(numbers.Read(text));
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(numbers.Read(later));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal((1, 987654UL), (numbers.Number, numbers.Values[2]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("MemTotal:\n")]
    [InlineData("MemTotal: 5 kB\nMemFree: x\n")]
    [InlineData("MemTotal: 5 kB\nMemFree: 6")]
    [InlineData("\n")]
    public void What_is_no_list_of_numbers_changes_nothing(string text)
    {
        var numbers = new ProcNumbers();
        Assert.True(numbers.Read("MemTotal: 7 kB\nMemFree: 8 kB\n"u8));
        Assert.False(numbers.Read(Encoding.ASCII.GetBytes(text)));
        Assert.Equal([7, 8], numbers.Values.ToArray());
    }
}
