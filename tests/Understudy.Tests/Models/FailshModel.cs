namespace Understudy.Tests.Models;

/// <summary>One host of the pair that we learnt from: its registry daemon, what that says, what runs, and the view of the other that it is about to act on.</summary>
internal sealed record FailshHost(bool Up, bool Registry, char Registered, bool Runs, char? View);

internal sealed record FailshPair(FailshHost Master, FailshHost Slave, bool Linked);

/// <summary>
/// The AFM utilities' rule, for comparison: poll the other, then act on what was read; who cannot be reached is read as FAIL. There is none of our code in here: it shows
/// that the search finds what is known to be broken, and why "unreachable" must not mean "failed".
/// </summary>
internal sealed class FailshModel(bool crashes, bool deaths, bool cuts)
{
    internal Finding Search()
    {
        var booted = new FailshHost(true, true, 'R', false, null);
        return BreadthFirst.Search(new FailshPair(booted, booted, true), p => p.ToString(), Next, p => p is { Master.Runs: true, Slave.Runs: true });
    }

    private IEnumerable<(string By, FailshPair To)> Next(FailshPair p)
    {
        for (var i = 0; i < 2; i++)
        {
            var (n, other, name) = i == 0 ? (p.Master, p.Slave, "master") : (p.Slave, p.Master, "slave");
            if (n is { Up: true, Registry: true, View: null })
            {
                var view = other is { Up: true, Registry: true } && p.Linked ? other.Registered : 'F';
                yield return ($"{name} reads {view}", With(p, i, n with { View = view }));
            }
            else if (n is { Up: true, Registry: true, View: { } view })
            {
                var starts = n.Registered == 'R' && (i == 0 ? view != 'U' : view == 'F');
                var gives = i == 1 && n.Registered == 'U' && view != 'F';
                yield return ($"{name} acts on {view}", With(p, i, n with { View = null, Registered = starts ? 'U' : gives ? 'R' : n.Registered, Runs = starts || (n.Runs && !gives) }));
            }

            if (crashes)
            {
                yield return n.Up ? ($"{name} crashes", With(p, i, new(false, false, 'F', false, null))) : ($"{name} boots", With(p, i, new(true, true, 'R', false, null)));
            }

            if (deaths && n.Up)
            {
                yield return ($"{name}'s registry {(n.Registry ? "dies" : "returns")}", With(p, i, n with { Registry = !n.Registry, Registered = 'F' }));
            }
        }

        if (cuts)
        {
            yield return (p.Linked ? "the link is cut" : "the link heals", p with { Linked = !p.Linked });
        }
    }

    private static FailshPair With(FailshPair p, int i, FailshHost host) => i == 0 ? p with { Master = host } : p with { Slave = host };
}
