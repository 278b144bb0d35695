using System.Text;
using Understudy.Linux.Secrets;
using Xunit;

#pragma warning disable CA1416 // file modes exist wherever this program runs: on Linux

namespace Understudy.Tests.Ledger;

public sealed class SecretFilesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("understudy").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_secret_is_read_without_the_white_space_around_it()
    {
        var read = SecretFiles.Read(Make("  sixteen bytes ok\n\n", UnixFileMode.UserRead));
        Assert.Null(read.Problem);
        Assert.Equal("sixteen bytes ok", Encoding.ASCII.GetString(read.Bytes!));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    [InlineData(UnixFileMode.OtherExecute)]
    public void A_file_that_others_may_touch_is_refused_with_the_command_that_mends_it(UnixFileMode extra)
    {
        var path = Make("a long enough secret", UnixFileMode.UserRead | UnixFileMode.UserWrite | extra);
        var read = SecretFiles.Read(path);
        Assert.Null(read.Bytes);
        Assert.EndsWith($"chmod 600 {path}", read.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "holds 0 bytes, must be at least 16")]
    [InlineData("fifteen bytes x \n", "holds 15 bytes, must be at least 16")]
    public void A_secret_that_is_too_short_is_refused(string text, string problem) =>
        Assert.StartsWith(problem, SecretFiles.Read(Make(text, UnixFileMode.UserRead)).Problem, StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_no_key_at_all_is_refused() =>
        Assert.StartsWith("is longer than 4096 bytes", SecretFiles.Read(Make(new string('x', 5000), UnixFileMode.UserRead)).Problem, StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_not_there_is_told_with_what_makes_one() =>
        Assert.Equal($"there is no file; make one with: understudy keygen {folder}/none", SecretFiles.Read($"{folder}/none").Problem);

    [Fact]
    public void A_file_of_somebody_else_is_refused()
    {
        var path = Make("a long enough secret", UnixFileMode.UserRead);
        Assert.SkipUnless(Environment.UserName == "root", "only root can give a file away");
        using var chown = System.Diagnostics.Process.Start("chown", ["65534", path]);
        chown.WaitForExit();
        Assert.Contains("belongs to user 65534", SecretFiles.Read(path).Problem, StringComparison.Ordinal);
    }

    private string Make(string text, UnixFileMode mode)
    {
        var path = Path.Combine(folder, "secret");
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, mode);
        return path;
    }
}
