using Understudy.Linux.Clocks;
using Understudy.Linux.Power;
using Xunit;

namespace Understudy.Tests.Power;

public sealed class GuardStateFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("understudy").FullName;

    private string At => Path.Combine(folder, "guards");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("cooling armed 12\nrack idle\n")]
    [InlineData("grüner Text mit ✓")]
    public void What_was_written_is_read_again(string text)
    {
        GuardStateFile.Write(At, "4f1c", "older");
        GuardStateFile.Write(At, "4f1d", text);
        Assert.Equal(new GuardRemembered("4f1d", text), GuardStateFile.Read(At, out var why));
        Assert.Null(why);
        Assert.Equal([At], Directory.GetFiles(folder));      // nothing half-made is left
    }

    [Fact]
    public void No_file_is_no_memory_and_no_trouble()
    {
        Assert.Null(GuardStateFile.Read(At, out var why));
        Assert.Null(why);
        Assert.Null(GuardStateFile.Read(Path.Combine(folder, "none", "guards"), out why));
        Assert.Null(why);
    }

    [Fact]
    public void A_file_with_one_byte_changed_or_cut_is_not_believed()
    {
        GuardStateFile.Write(At, "4f1d", "cooling armed 12\n");
        var whole = File.ReadAllBytes(At);
        for (var i = 0; i < whole.Length; i++)
        {
            var spoilt = whole.ToArray();
            spoilt[i] ^= 1;
            File.WriteAllBytes(At, spoilt);
            var read = GuardStateFile.Read(At, out var why);

            // The boot's name is under no sum: another boot's memory is another boot's, and a spoilt name is nobody's.
            Assert.True(read is null ? why is not null : read.Boot != "4f1d", $"byte {i}: {read}");
            File.WriteAllBytes(At, whole[..i]);
            Assert.Null(GuardStateFile.Read(At, out why));
            Assert.NotNull(why);
        }
    }

    [Fact]
    public void What_is_too_large_is_neither_written_nor_read()
    {
        GuardStateFile.Write(At, "4f1d", "kept");
        Assert.Throws<IOException>(() => GuardStateFile.Write(At, "4f1d", new string('x', GuardStateFile.MaxBytes)));
        Assert.Equal("kept", GuardStateFile.Read(At, out _)?.Text);
        File.WriteAllText(At, new string('x', GuardStateFile.MaxBytes + 1));
        Assert.Null(GuardStateFile.Read(At, out var why));
        Assert.Contains("larger", why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_boot_is_the_kernel_s_word_or_unknown()
    {
        File.WriteAllText(At, "1f0c-22\n");
        Assert.Equal("1f0c-22", BootId.Read(At));
        Assert.Equal("unknown", BootId.Read(Path.Combine(folder, "none")));
    }
}
