using Understudy.Core.Ldms;
using Understudy.Linux.Collection;
using Xunit;

namespace Understudy.Tests.Collection;

/// <summary><c>config name=store_csv</c>, as ldms-store_csv(7) has it.</summary>
public sealed class CsvParametersTests
{
    private static readonly CsvSettings s_before = new("/var/lib/x", "");

    [Fact]
    public void What_the_page_knows_and_is_done_is_taken_and_the_rest_of_what_was_there_stays()
    {
        var daily = Read("path=/a altheader=1 rolltype=2 rollover=3600 create_perm=0755 buffer=1 typeheader=0 userdata=0 ietfcsv=1", s_before);
        Assert.Equal((new CsvSettings("/a", "", SeparateHeader: true, CsvRoll.Daily, 3600, 0, 0x1ED), ""), daily);
        Assert.Equal((daily.Next with { SeparateHeader = false }, ""), Read("altheader=0", daily.Next));
        Assert.Equal((s_before with { Roll = CsvRoll.DayTimes, RollOver = 0, RollAgain = 3600 }, ""), Read("rollagain=3600 rollover=0 rolltype=5", s_before));
    }

    [Theory]
    [InlineData("path=a", "path=a is no absolute path")]
    [InlineData("rolltype=6 rollover=10", "rolltype=6 is none of 1 to 5")]
    [InlineData("rolltype=1", "this rolltype needs a rollover of 1 at least")]
    [InlineData("rollover=10", "rollover and rollagain are for a rolltype")]
    [InlineData("rolltype=2 rollover=86400", "less than 86400")]
    [InlineData("rolltype=5 rollover=10 rollagain=10", "needs a rollagain that is more than rollover")]
    [InlineData("rolltype=3 rollover=-1", "rollover=-1 is no number")]
    [InlineData("create_perm=0888", "create_perm=0888 is no octal mode")]
    [InlineData("create_perm=07777", "create_perm=07777 is no octal mode")]
    [InlineData("create_perm=777777777777777", "is no octal mode")]
    [InlineData("time_format=1", "time_format=1 is not done, only time_format=0 is")]
    [InlineData("container=c schema=s altheader=1", "schema= is not done: what config says holds for all containers")]
    [InlineData("create_uid=0", "create_uid= is not done")]
    [InlineData("rename_template=%D/x", "rename_template= is not done by this store")]
    public void What_would_be_other_rows_or_files_is_refused_by_name_and_nothing_of_the_line_is_taken(string line, string problem)
    {
        var (next, why) = Read($"path=/taken {line}", s_before);
        Assert.Contains(problem, why, StringComparison.Ordinal);
        Assert.Same(s_before, next);
    }

    [Fact]
    public void All_that_is_wrong_is_said_at_once() => Assert.Equal(2, Read("time_format=1 opt_file=/x", s_before).Problem.Split("; ").Length);

    private static (CsvSettings Next, string Problem) Read(string line, CsvSettings before)
    {
        var next = CsvParameters.Read([.. line.Split(' ').Select(w => w.Split('=', 2)).Select(w => new LdmsdPair(w[0], w[1]))], before, out var problem);
        return (next, problem);
    }
}
