using System.Globalization;
using System.Text;
using Understudy.Core.Duties;

namespace Understudy.Daemon;

/// <summary>All duties in one line for <c>systemctl status</c> (STATUS= of sd_notify(3)): <c>web active epoch 7, db standby</c>. On the loop's thread.</summary>
internal sealed class StatusLine
{
    private (StanceCode Stance, long Epoch)[] said = [];

    /// <summary>The line, where it is another than the last; else null, without allocation.</summary>
    public string? Next(ReadOnlySpan<DutyDesk> desks)
    {
        var same = said.Length == desks.Length;
        for (var i = 0; same && i < desks.Length; i++)
        {
            same = said[i] == Of(desks[i]);
        }

        if (same)
        {
            return null;
        }

        said = new (StanceCode, long)[desks.Length];
        var text = new StringBuilder();
        for (var i = 0; i < desks.Length; i++)
        {
            said[i] = Of(desks[i]);
            text.Append(i == 0 ? "" : ", ").Append(desks[i].Rules.Duty).Append(' ').Append(said[i].Stance.Word());
            if (said[i].Epoch > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $" epoch {said[i].Epoch}");
            }
        }

        return text.ToString();
    }

    private static (StanceCode Stance, long Epoch) Of(DutyDesk desk) => (desk.State.Stance.Code(), desk.State.Hold?.Epoch ?? 0);
}
