using System.Runtime.InteropServices;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Understudy.Core.Settings;

/// <summary>Where something stands in the file; both count from 1.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TextPlace(int Line, int Column);

/// <summary>YAML as written: text, lists and mappings with their places, and no opinion of what the text means.</summary>
internal abstract record TextNode(TextPlace Place)
{
    internal sealed record Scalar(TextPlace Place, string Text, bool Quoted) : TextNode(Place)
    {
        /// <summary>YAML's three ways to write nothing (YAML 1.2.2 section 10.3.2, core schema).</summary>
        internal bool IsNothing => !Quoted && Text is "" or "~" or "null";
    }

    internal sealed record Sequence(TextPlace Place, IReadOnlyList<TextNode> Items) : TextNode(Place);

    /// <summary>Keys in the order of the file, doubles included: the reader tells of them.</summary>
    internal sealed record Mapping(TextPlace Place, IReadOnlyList<(TextNode Key, TextNode Value)> Entries) : TextNode(Place);
}

/// <summary>Builds the tree from the parser's events.</summary>
/// <remarks>The package's own representation model stops at the first double key, recurses without a bound on nested lists, and would let
/// aliases multiply; here each is an error with a place, and depth and size are bounded before anything is kept.</remarks>
internal sealed class TextTree
{
    /// <summary>Longest text that is looked at, in characters: some hundred times the largest file that the bounds below allow to be useful.</summary>
    internal const int MaxLength = 256 * 1024;

    internal const int MaxDepth = 16;

    /// <summary>Most nodes in a file, those counted again that an alias repeats.</summary>
    internal const int MaxNodes = 20_000;

    private readonly Parser parser;
    private readonly SettingsNotes notes;
    private readonly Dictionary<string, (TextNode Node, int Weight)> anchors = new(StringComparer.Ordinal);
    private int nodes;

    private TextTree(string text, SettingsNotes notes)
    {
        parser = new Parser(new StringReader(text));
        this.notes = notes;
    }

    /// <summary>The one document of a text, or null, and then the notes say why.</summary>
    internal static TextNode? Of(string text, SettingsNotes notes)
    {
        if (text.Length > MaxLength)
        {
            notes.Error(new(1, 1), "", $"the file has {text.Length} characters, must be {MaxLength} at most");
            return null;
        }

        try
        {
            return new TextTree(text, notes).Document();
        }
        catch (UnreadableException e)
        {
            notes.Error(e.Place, "", e.Message);
        }
        catch (YamlException e)
        {
            notes.Error(PlaceOf(e.Start), "", Said(e));
        }

        return null;
    }

    private TextNode? Document()
    {
        Next();                                                        // StreamStart
        if (Next() is not DocumentStart)
        {
            notes.Error(new(1, 1), "", "the file is empty; docs/guide has one to begin with");
            return null;
        }

        Next();
        var tree = Node(depth: 0);
        Next();                                                        // DocumentEnd
        if (Next() is DocumentStart second)
        {
            notes.Error(PlaceOf(second.Start), "", "a second document begins here; all settings belong in one");
        }

        return tree;
    }

    /// <summary>Reads the node whose first event is current, and leaves its last event current.</summary>
    private TextNode Node(int depth)
    {
        var start = parser.Current!;
        var place = PlaceOf(start.Start);
        Count(place, 1);
        if (depth > MaxDepth)
        {
            throw new UnreadableException(place, $"nested deeper than {MaxDepth}; no setting is");
        }

        if (start is AnchorAlias alias)
        {
            return Repeat(place, alias.Value.Value);
        }

        var before = nodes;
        TextNode node = start switch
        {
            Scalar s => new TextNode.Scalar(place, s.Value, s.Style is not ScalarStyle.Plain),
            SequenceStart => Sequence(place, depth),
            MappingStart => Mapping(place, depth),
            _ => throw new UnreadableException(place, "a value is missing here"),
        };
        if (start is NodeEvent { Tag.IsEmpty: false })
        {
            notes.Error(place, "", "a tag (!...) means nothing here; remove it");
        }

        if (start is NodeEvent { Anchor: { IsEmpty: false } anchor })
        {
            anchors[anchor.Value] = (node, nodes - before + 1);        // known only now: a node cannot contain itself
        }

        return node;
    }

    private TextNode.Sequence Sequence(TextPlace place, int depth)
    {
        var items = new List<TextNode>();
        while (Next() is not SequenceEnd)
        {
            items.Add(Node(depth + 1));
        }

        return new(place, items);
    }

    private TextNode.Mapping Mapping(TextPlace place, int depth)
    {
        var entries = new List<(TextNode, TextNode)>();
        while (Next() is not MappingEnd)
        {
            var key = Node(depth + 1);
            Next();
            entries.Add((key, Node(depth + 1)));
        }

        return new(place, entries);
    }

    private TextNode Repeat(TextPlace place, string anchor)
    {
        if (anchors.TryGetValue(anchor, out var known))
        {
            Count(place, known.Weight);
            return known.Node;
        }

        throw new UnreadableException(place, $"'*{Scalars.OneLine(anchor)}' repeats something that is not written before it");
    }

    private void Count(TextPlace place, int more)
    {
        nodes += more;
        if (nodes > MaxNodes)
        {
            throw new UnreadableException(place, $"more than {MaxNodes} values, repeated ones counted each time");
        }
    }

    /// <summary>The next event, or null at the end.</summary>
    /// <remarks>On some texts the package trips over itself ("The scanner should contain no more tokens") instead of saying that they are no YAML.
    /// Its own kinds of exception are caught by our caller; these are the kinds that a parser's slip can have.</remarks>
    private ParsingEvent? Next()
    {
        var last = parser.Current is { } current ? PlaceOf(current.End) : new TextPlace(1, 1);
        try
        {
            return parser.MoveNext() ? parser.Current : null;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException or ArithmeticException or IndexOutOfRangeException)
        {
            throw new UnreadableException(last, $"this is no YAML from here on: {Scalars.OneLine(e.Message, longest: 200)}");
        }
    }

    /// <summary>The parser's own words; it often notices a fault some lines after the place where it began.</summary>
    private static string Said(YamlException e)
    {
        var (message, later) = (Scalars.OneLine(e.InnerException?.Message ?? e.Message, longest: 200), PlaceOf(e.End));
        return $"this is no YAML: {message}{(later.Line > PlaceOf(e.Start).Line ? $" (noticed at {later.Line}:{later.Column})" : "")}";
    }

    private static TextPlace PlaceOf(in Mark mark) => new((int)Math.Max(1, mark.Line), (int)Math.Max(1, mark.Column));

    private sealed class UnreadableException(TextPlace place, string message) : Exception(message)
    {
        internal TextPlace Place { get; } = place;
    }
}
