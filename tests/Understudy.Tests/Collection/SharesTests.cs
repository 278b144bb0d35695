using Understudy.Core.Collection;
using Xunit;

namespace Understudy.Tests.Collection;

public sealed class SharesTests(ITestOutputHelper output)
{
    [Fact]
    public void A_member_that_goes_moves_its_own_producers_and_no_others_and_its_return_moves_them_back()
    {
        var (members, producers) = (Members(7, 1e9), Producers(300));
        var all = Deal(members, producers, [true, true, true, true, true, true, true]);
        for (var gone = 0; gone < members.Length; gone++)
        {
            var there = Enumerable.Range(0, members.Length).Select(i => i != gone).ToArray();
            var without = Deal(members, producers, there);
            for (var p = 0; p < producers.Length; p++)
            {
                Assert.True(all[p] == gone ? without[p] != gone && without[p] != Shares.Nobody : without[p] == all[p], $"{producers[p].Name}: {all[p]} to {without[p]} when {gone} went");
            }
        }
    }

    [Fact]
    public void A_members_part_is_as_large_as_its_weight()
    {
        var members = new MemberRules[] { new("a", 1, 1e9), new("b", 2, 1e9), new("c", 5, 1e9) };
        var dealt = Deal(members, Producers(8000), [true, true, true]);
        foreach (var (member, i) in members.Select((m, i) => (m, i)))
        {
            var part = dealt.Count(o => o == i) / 8000.0;
            output.WriteLine($"{member.Name}: {part:0.000} of the producers for {member.Weight / 8:0.000} of the weight");
            Assert.InRange(part, (member.Weight / 8) - 0.02, (member.Weight / 8) + 0.02);
        }
    }

    [Fact]
    public void Nobody_is_given_more_than_it_takes_and_nothing_is_left_while_there_is_room()
    {
        var dice = new Simulation.Dice(7);
        for (var round = 0; round < 300; round++)
        {
            var producers = Producers(40 + dice.Below(40));
            var members = Enumerable.Range(0, 2 + dice.Below(6)).Select(i => new MemberRules($"m{i}", 1 + dice.Below(4), 8 + dice.Below(30))).ToArray();
            var there = members.Select(_ => dice.Below(4) != 0).ToArray();
            var owners = Deal(members, producers, there);
            var room = members.Where((_, i) => there[i]).Sum(m => m.Capacity);
            for (var i = 0; i < members.Length; i++)
            {
                Assert.True(owners.Count(o => o == i) <= (there[i] ? members[i].Capacity : 0), $"{members[i].Name} has {owners.Count(o => o == i)}");
            }

            Assert.Equal(Math.Min(producers.Length, (int)room), owners.Count(o => o != Shares.Nobody));
        }
    }

    [Fact]
    public void The_going_of_one_never_moves_a_producer_between_two_others_while_there_is_room_enough()
    {
        var dice = new Simulation.Dice(9);
        for (var round = 0; round < 200; round++)
        {
            var producers = Producers(60);
            var members = Members(5, 60);
            var there = members.Select(_ => dice.Below(4) != 0).ToArray();
            var before = Deal(members, producers, there);
            var one = dice.Below(5);
            there[one] = !there[one];
            var after = Deal(members, producers, there);
            for (var p = 0; p < producers.Length; p++)
            {
                Assert.True(before[p] == after[p] || before[p] == one || after[p] == one || before[p] == Shares.Nobody || after[p] == Shares.Nobody, $"{producers[p].Name} moved from {before[p]} to {after[p]} as {one} changed");
            }
        }
    }

    [Fact]
    public void A_producer_goes_home_while_its_home_is_there()
    {
        var members = Members(4, 1e9);
        var producers = Producers(50).Select(p => p with { Home = "m2" }).ToArray();
        Assert.All(Deal(members, producers, [true, true, true, true]), o => Assert.Equal(2, o));
        Assert.DoesNotContain(2, Deal(members, producers, [true, true, false, true]));
    }

    [Fact]
    public void Five_aggregators_and_two_hundred_producers_lose_two_return_them_drain_one_and_add_one()
    {
        var (members, producers) = (Members(6, 80), Producers(200));
        bool[] there = [true, true, true, true, true, false];
        var owners = Deal(members, producers, there);
        foreach (var (what, change) in new (string, Action)[]
        {
            ("two are lost", () => (there[1], there[3]) = (false, false)),
            ("they return", () => (there[1], there[3]) = (true, true)),
            ("one drains", () => there[0] = false),
            ("a sixth is added", () => there[5] = true),
        })
        {
            var before = owners;
            var was = there.ToArray();
            change();
            owners = Deal(members, producers, there);
            var moved = Enumerable.Range(0, 200).Count(p => owners[p] != before[p]);
            var needed = Enumerable.Range(0, 200).Count(p => !there[before[p]] || (there[owners[p]] && !was[owners[p]]));
            output.WriteLine($"{what}: {moved} of 200 move, {needed} have to; loads {string.Join(" ", members.Select((m, i) => owners.Count(o => o == i)))} of 80 at the most");
            Assert.Equal(needed, moved);
            Assert.All(Enumerable.Range(0, 6), i => Assert.InRange(owners.Count(o => o == i), 0, 80));
            Assert.DoesNotContain(Shares.Nobody, owners);
        }
    }

    private static MemberRules[] Members(int count, double capacity) => [.. Enumerable.Range(0, count).Select(i => new MemberRules($"m{i}", 1, capacity))];

    private static ProducerRules[] Producers(int count) => [.. Enumerable.Range(0, count).Select(i => new ProducerRules($"p{i:000}", new ProducerTarget.Ldms("h", 411, "none"), TimeSpan.FromSeconds(1)))];

    private static int[] Deal(MemberRules[] members, ProducerRules[] producers, bool[] there)
    {
        var owners = new int[producers.Length];
        new ShareWishes(members, producers).Assign(there, owners);
        return owners;
    }
}
