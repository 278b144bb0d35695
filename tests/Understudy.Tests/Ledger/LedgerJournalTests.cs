using System.Collections.Concurrent;
using Understudy.Core;
using Understudy.Core.Ledger;
using Understudy.Core.Settings;
using Understudy.Linux.Ledger;
using Xunit;

#pragma warning disable MA0002 // xunit compares strings by their characters

#pragma warning disable CA1416 // file modes exist wherever this program runs: on Linux

namespace Understudy.Tests.Ledger;

public sealed class LedgerJournalTests : IDisposable
{
    private const int ENOSPC = 28;
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(30);
    private readonly string folder = Directory.CreateTempSubdirectory("understudy").FullName;

    private LedgerSettings Settings => new(Path.Combine(folder, "alpha.ledger"), 64 << 10, 2);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_line_that_was_waited_for_is_in_the_file_with_its_wall_time()
    {
        using var journal = new LedgerJournal(Settings, TimeProvider.System);
        Assert.True(journal.AppendAndWait(Note("one"), s_long));
        var line = Assert.Single(LedgerFiles.Last(Settings, 10));
        Assert.Equal("one", ((LedgerLine.Noted)line).Text);
        Assert.Matches(@"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ$", line.Wall);
    }

    [Fact]
    public void The_file_is_for_its_owner_to_write_and_for_nobody_else_to_read()
    {
        using var journal = new LedgerJournal(Settings, TimeProvider.System);
        Assert.True(journal.AppendAndWait(Note("one"), s_long));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Settings.Path) & ~UnixFileMode.GroupRead);
    }

    [Fact]
    public void Lines_stand_in_the_order_in_which_they_were_handed_over()
    {
        using (var journal = new LedgerJournal(Settings, TimeProvider.System))
        {
            Write(journal, 100);
        }

        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), LedgerFiles.Last(Settings, 1000).Cast<LedgerLine.Noted>().Select(n => n.Text));
        Assert.Equal(["98", "99"], LedgerFiles.Last(Settings, 2).Cast<LedgerLine.Noted>().Select(n => n.Text));
    }

    [Fact]
    public void A_torn_last_line_is_ended_and_spoils_no_other()
    {
        File.WriteAllText(Settings.Path, LedgerText.Of(Note("before")) + "\n{\"is\":\"noted\",\"wa");
        using (var journal = new LedgerJournal(Settings, TimeProvider.System))
        {
            Assert.True(journal.AppendAndWait(Note("after"), s_long));
        }

        Assert.Equal(["before", "after"], LedgerFiles.Last(Settings, 10).Cast<LedgerLine.Noted>().Select(n => n.Text));
        Assert.Equal([false, true, false], LedgerFiles.Read(Settings.Path).Select(e => e.Line is null));
    }

    [Fact]
    public void A_full_file_moves_back_and_each_can_be_replayed_alone()
    {
        var life = LedgerTextTests.Life();
        using (var journal = new LedgerJournal(Settings, TimeProvider.System))
        {
            for (var i = 0; i < 12; i++)
            {
                foreach (var line in life)
                {
                    journal.Append(line);
                }

                Assert.True(journal.Flush(s_long));
            }
        }

        Assert.Equal(["alpha.ledger", "alpha.ledger.1", "alpha.ledger.2"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (var file in Directory.GetFiles(folder))
        {
            Assert.InRange(new FileInfo(file).Length, 1, Settings.MaxBytes + (256 << 10));
            Assert.IsType<LedgerLine.Started>(LedgerFiles.Read(file).First().Line);
            Assert.Null(Replay.Run(LedgerFiles.Read(file)).Difference);
        }

        var book = LedgerFiles.Epochs(Settings, ["web"], out var trouble);
        Assert.Equal((3L, 3L, null), (book.Of("web").Seen, book.Of("web").Held, trouble));
    }

    [Fact]
    public void Where_there_is_no_ledger_there_are_no_epochs()
    {
        var book = LedgerFiles.Epochs(Settings, ["web"], out var trouble);
        Assert.Equal((default, null), (book.Of("web"), trouble));
    }

    [Fact]
    public void Backward_and_forward_read_the_same_lines_whatever_their_lengths()
    {
        var texts = Enumerable.Range(0, 400).Select(i => new string((char)('a' + (i % 26)), i * i % 3000)).ToList();
        File.WriteAllLines(Settings.Path, texts.Select(t => LedgerText.Of(Note(t))));
        Assert.Equal(texts, LedgerFiles.Read(Settings.Path).Select(e => ((LedgerLine.Noted)e.Line!).Text));
        Assert.Equal(texts, LedgerFiles.Last(Settings, 1000).Select(l => ((LedgerLine.Noted)l).Text));
    }

    [Fact]
    public void A_full_device_is_told_and_throws_nothing()
    {
        using var journal = new LedgerJournal(new LedgerSettings("/dev/full", 64 << 10, 1), TimeProvider.System);
        Assert.False(journal.AppendAndWait(Note("one"), s_long));
        Assert.Equal((true, "No space left on device", 1L), (journal.Broken, journal.Trouble, journal.Dropped));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_told_and_the_ledger_begins_when_it_comes()
    {
        var settings = Settings with { Path = Path.Combine(folder, "late", "alpha.ledger") };
        using var journal = new LedgerJournal(settings, TimeProvider.System);
        Assert.False(journal.AppendAndWait(Note("lost"), s_long));
        Assert.Equal("No such file or directory", journal.Trouble);
        Directory.CreateDirectory(Path.Combine(folder, "late"));
        Assert.True(journal.AppendAndWait(Note("kept"), s_long));
        Assert.Equal(["1 line is lost before this one: No such file or directory", "kept"], LedgerFiles.Last(settings, 10).Cast<LedgerLine.Noted>().Select(n => n.Text));
        Assert.Null(journal.Trouble);
    }

    [Fact]
    public void A_disk_that_was_full_leaves_a_line_that_says_how_many_are_lost()
    {
        var file = new FakeFile { Answer = -ENOSPC };
        using var journal = new LedgerJournal(file, 64 << 10, TimeProvider.System, null, punctual: false, 100);
        Write(journal, 3);
        Assert.True(journal.Flush(s_long));
        Assert.Equal(3, journal.Dropped);
        file.Answer = 0;
        Assert.True(journal.AppendAndWait(Note("kept"), s_long));
        Assert.Contains("3 lines are lost before this one: No space left on device", file.Text, StringComparison.Ordinal);
        Assert.True(journal.AppendAndWait(Note("more"), s_long));
        Assert.Single(file.Text.Split((char)10), l => l.Contains("are lost", StringComparison.Ordinal));
    }

    [Fact]
    public void What_comes_after_lost_lines_can_be_replayed_whichever_are_lost()
    {
        var life = LedgerTextTests.Life();
        for (var first = 0; first < life.Count; first++)
        {
            for (var count = 1; count <= 3; count++)
            {
                // An earlier run whole, then one of which some lines are lost: perhaps that it started, perhaps its rules.
                var file = new FakeFile();
                foreach (var lost in new[] { 0..0, first..(first + count) })
                {
                    using var journal = new LedgerJournal(file, 1 << 20, TimeProvider.System, null, punctual: false, 100);
                    for (var i = 0; i < life.Count; i++)
                    {
                        file.Answer = i >= lost.Start.Value && i < lost.End.Value ? -ENOSPC : 0;
                        _ = journal.AppendAndWait(life[i], s_long);
                    }
                }

                File.WriteAllText(Settings.Path, file.Text);
                var report = Replay.Run(LedgerFiles.Read(Settings.Path));
                Assert.True(report.Agrees, $"{count} lost from line {first + 1}: {report.Difference}");
            }
        }
    }

    [Fact]
    public void A_disk_that_hangs_keeps_a_waiter_no_longer_than_its_limit_and_an_appender_not_at_all()
    {
        var file = new FakeFile();
        file.Gate.Reset();
        using var journal = new LedgerJournal(file, 64 << 10, TimeProvider.System, null, punctual: false, 10);
        Assert.False(journal.AppendAndWait(Note("hangs"), TimeSpan.FromMilliseconds(20)));
        Assert.True(file.Entered.Wait(s_long, TestContext.Current.CancellationToken));
        Write(journal, 30);                         // all return, while the disk hangs: ten wait, the rest is lost
        Assert.Equal(20, journal.Dropped);
        file.Gate.Set();
        Assert.True(file.Twice.Wait(s_long, TestContext.Current.CancellationToken));
        Assert.Contains("20 lines are lost before this one: more came at once than could wait", file.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_follows_is_told_each_line_in_order_even_when_the_disk_is_full()
    {
        var seen = new ConcurrentQueue<string>();
        using var journal = new LedgerJournal(new FakeFile { Answer = -ENOSPC }, 64 << 10, TimeProvider.System, l => seen.Enqueue(((LedgerLine.Noted)l).Text), punctual: false, 100);
        Write(journal, 3);
        Assert.True(journal.Flush(s_long));
        Assert.Equal(["0", "1", "2"], seen);
    }

    [Fact]
    public void A_file_that_cannot_be_moved_back_grows_to_twice_its_size_before_lines_are_lost()
    {
        var file = new FakeFile { Turn = -1 };
        using var journal = new LedgerJournal(file, 1000, TimeProvider.System, null, punctual: false, 100);
        for (var i = 0; i < 40; i++)
        {
            _ = journal.AppendAndWait(Note("x"), s_long);
        }

        Assert.InRange(file.Size, 2000, 2200);
        Assert.Equal("Operation not permitted", journal.Trouble);
    }

    [Fact]
    public void What_was_handed_over_before_the_end_is_written()
    {
        var file = new FakeFile();
        using (var journal = new LedgerJournal(file, 64 << 10, TimeProvider.System, null, punctual: false, 100))
        {
            Write(journal, 50);
        }

        Assert.Equal(50, file.Text.Count(c => c == '\n'));
        Assert.True(file.Synced);
    }

    private static void Write(LedgerJournal journal, int lines)
    {
        for (var i = 0; i < lines; i++)
        {
            journal.Append(Note($"{i}"));
        }
    }

    private static LedgerLine.Noted Note(string text) => new(new Instant(1), NoteLevel.Information, 0, text);

    /// <summary>A disk that says what it is told to, when it is let.</summary>
    private sealed class FakeFile : ILedgerFile
    {
        private readonly MemoryStream bytes = new();

        internal int Answer { get; set; }

        internal int Turn { get; set; }

        internal bool Synced { get; private set; }

        internal ManualResetEventSlim Gate { get; } = new(initialState: true);

        internal ManualResetEventSlim Entered { get; } = new();

        /// <summary>Set when two batches have been written.</summary>
        internal CountdownEvent Twice { get; } = new(2);

        internal string Text => System.Text.Encoding.UTF8.GetString(bytes.ToArray());

        public long Size => bytes.Length;

        public int Append(ReadOnlySpan<byte> lines)
        {
            Entered.Set();
            Gate.Wait(TestContext.Current.CancellationToken);
            if (Answer >= 0)
            {
                bytes.Write(lines);
            }

            if (!Twice.IsSet)
            {
                Twice.Signal();
            }

            return Answer;
        }

        public int Sync()
        {
            Synced = true;
            return 0;
        }

        public int Rotate()
        {
            if (Turn >= 0)
            {
                bytes.SetLength(0);
            }

            return Turn;
        }

        public void Dispose() => Synced |= false;
    }
}
