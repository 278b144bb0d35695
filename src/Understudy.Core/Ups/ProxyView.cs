namespace Understudy.Core.Ups;

/// <summary>
/// What clients are shown, and the one burst that brings them from there to what they should see. A variable that stays is never taken away on the way; ups.status and ups.alarm
/// come before the rest where the news is bad, and after it where it is not; the word on freshness is the last.
/// </summary>
public sealed class ProxyView
{
    private readonly Dictionary<string, int> owners = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> commandOwners = new(StringComparer.OrdinalIgnoreCase);
    private readonly DriverLineWriter before = new();
    private readonly DriverLineWriter main = new();
    private readonly DriverLineWriter after = new();
    private bool freshTold;

    public VariableTree Tree { get; } = new();

    /// <summary>Clients may take it for fresh.</summary>
    public bool Fresh { get; private set; }

    /// <summary>Which source a variable is shown from; -1 for none of them.</summary>
    public int OwnerOf(string name) => owners.GetValueOrDefault(name, -1);

    /// <summary>Counts the variables that are shown from each source.</summary>
    /// <param name="counts">One for each source, by its rank.</param>
    public void CountOwners(Span<int> counts)
    {
        foreach (var owner in owners.Values)
        {
            if (owner >= 0)
            {
                counts[owner]++;
            }
        }
    }

    /// <summary>Which source a command goes to; -1 for none of them.</summary>
    public int CommandOwnerOf(string name) => commandOwners.GetValueOrDefault(name, -1);

    /// <summary>What clients were told by the process before us. What was to be told by us so far was told to nobody.</summary>
    /// <param name="rankOf">Of a source by its name; -1 for one that there is none of any more.</param>
    public void Inherit(HandedView told, Func<string, int> rankOf)
    {
        Tree.Clear();
        owners.Clear();
        commandOwners.Clear();
        before.Clear();
        main.Clear();
        after.Clear();
        foreach (var (name, variable, owner) in told.Variables)
        {
            Tree.Put(name, variable);
            owners[name] = owner is null ? -1 : rankOf(owner);
        }

        foreach (var (name, owner) in told.Commands)
        {
            _ = Tree.AddCommand(name);
            commandOwners[name] = owner is null ? -1 : rankOf(owner);
        }

        (Fresh, freshTold) = (told.Fresh, true);
    }

    /// <summary>A variable is to be shown like this; null: not at all.</summary>
    public void Want(string name, Variable? wanted, int owner)
    {
        var was = Tree.Find(name);
        if (wanted is null)
        {
            owners.Remove(name);
            if (was is not null)
            {
                Tree.Remove(name);
                main.DelInfo(name);
            }

            return;
        }

        owners[name] = owner;
        if (was == wanted)
        {
            return;
        }

        Tree.Put(name, wanted);
        var into = !StatusRules.IsStatus(name) ? main : StatusRules.Severity(wanted.Value) > StatusRules.Severity(was?.Value) ? before : after;
        if (was is null)
        {
            into.SetInfo(name, wanted.Value);
            VariableTree.Describe(into, name, wanted);
        }
        else
        {
            Change(into, name, was, wanted);
        }
    }

    /// <summary>A command is to be offered, and goes to this source; or is not.</summary>
    public void WantCommand(string name, bool offered, int owner)
    {
        if (!offered)
        {
            commandOwners.Remove(name);
            if (Tree.RemoveCommand(name))
            {
                main.DelCommand(name);
            }

            return;
        }

        commandOwners[name] = owner;
        if (Tree.AddCommand(name))
        {
            main.AddCommand(name);
        }
    }

    public void WantFresh(bool fresh)
    {
        if (fresh != Fresh || !freshTold)
        {
            (Fresh, freshTold) = (fresh, true);
            after.Bare(fresh ? "DATAOK" : "DATASTALE");
        }
    }

    /// <summary>All changes since the last time, as one write; empty for none.</summary>
    public ReadOnlyMemory<byte> TakeBurst()
    {
        var length = before.Length + main.Length + after.Length;
        if (length == 0)
        {
            return default;
        }

        var bytes = new byte[length];
        var at = 0;
        foreach (var part in (ReadOnlySpan<DriverLineWriter>)[before, main, after])
        {
            part.Written.CopyTo(bytes.AsMemory(at));
            at += part.Length;
            part.Clear();
        }

        return bytes;
    }

    /// <summary>The lines between two descriptions of one variable. Flags that only go away cannot be said: then, and only then, it is taken away and put back.</summary>
    private static void Change(DriverLineWriter into, string name, Variable was, Variable now)
    {
        if (now.Flags == VariableTraits.None && was.Flags != VariableTraits.None)
        {
            into.DelInfo(name).SetInfo(name, now.Value);
            VariableTree.Describe(into, name, now);
            return;
        }

        if (was.Value != now.Value)
        {
            into.SetInfo(name, now.Value);
        }

        foreach (var gone in was.Choices.Except(now.Choices, StringComparer.Ordinal))
        {
            into.DelEnum(name, gone);
        }

        foreach (var added in now.Choices.Except(was.Choices, StringComparer.Ordinal))
        {
            into.AddEnum(name, added);
        }

        foreach (var gone in was.Ranges.Except(now.Ranges))
        {
            into.DelRange(name, gone.Low, gone.High);
        }

        foreach (var added in now.Ranges.Except(was.Ranges))
        {
            into.AddRange(name, added.Low, added.High);
        }

        if (was.Length != now.Length)
        {
            into.SetAux(name, now.Length);
        }

        if (was.Flags != now.Flags)
        {
            into.SetFlags(name, now.Flags);
        }
    }
}
