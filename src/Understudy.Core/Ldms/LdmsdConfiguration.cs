namespace Understudy.Core.Ldms;

/// <summary>A request with the place of its command, for whoever tells of it later.</summary>
public sealed record LdmsdOrder(LdmsdRequest Request, LdmsdPlace Place);

/// <summary>What a configuration file asks for, or everything that is wrong with it.</summary>
/// <param name="Orders">In the order in which they take effect; empty where there are problems.</param>
/// <param name="Problems">In the order of the files.</param>
/// <param name="Notes">What was read otherwise than it stands there, is out of date, or has no effect.</param>
public sealed record LdmsdConfiguration(ValueList<LdmsdOrder> Orders, ValueList<LdmsdProblem> Problems, ValueList<LdmsdProblem> Notes)
{
    public bool IsGood => Problems.Count == 0;

    /// <summary>Reads a file whole, with those that it includes; a file is taken whole or not at all. Never throws.</summary>
    public static LdmsdConfiguration Read(string file, string text, LdmsdWorld world)
    {
        var reading = LdmsdText.Read(file, text, world);
        var (orders, problems, notes) = (new List<LdmsdOrder>(), new List<LdmsdProblem>(reading.Problems), new List<LdmsdProblem>(reading.Notes));
        foreach (var command in reading.Commands)
        {
            var read = LdmsdRequests.Read(command);
            problems.AddRange(read.Problems);
            notes.AddRange(read.Notes);
            if (read.Request is { } request)
            {
                orders.Add(new(request, command.Place));
                if (request is LdmsdRequest.PassOver passed)
                {
                    notes.Add(new(command.Place, $"{passed.Verb}: {passed.Why}"));
                }
            }
        }

        if (problems.Count == 0)
        {
            LdmsdCheck.Hold(orders, problems, notes);
        }

        return new(problems.Count == 0 ? orders.ToValueList() : [], InOrder(problems), InOrder(notes));
    }

    private static ValueList<LdmsdProblem> InOrder(IEnumerable<LdmsdProblem> problems)
    {
        var files = new List<string>();
        return problems
            .OrderBy(p =>
            {
                if (!files.Contains(p.Place.File, StringComparer.Ordinal))
                {
                    files.Add(p.Place.File);
                }

                return files.IndexOf(p.Place.File);
            })
            .ThenBy(p => p.Place.Line).ThenBy(p => p.Place.Column).Distinct().ToValueList();
    }
}
