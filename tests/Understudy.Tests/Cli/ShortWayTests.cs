using Understudy.Cli;
using Xunit;

namespace Understudy.Tests.Cli;

public sealed class ShortWayTests
{
    [Theory]
    [InlineData("run", "a.yaml")]
    [InlineData("run", "/etc/a.yaml", "--node", "alpha")]
    [InlineData("witness", "a.yaml")]
    [InlineData("witness", "a.yaml", "--node", "w")]
    public void Means_the_same_as_the_tree(params string[] words)
    {
        (string?, RunOptions?) byTree = default;
        var tree = CommandTree.Build(Take("run"), Take("witness"), _ => throw new InvalidOperationException("this is no drill"));
        Assert.Equal(0, CommandTree.Invoke(tree, words, TextWriter.Null, TextWriter.Null));
        Assert.Equal(byTree, ShortWay.Of(words));

        Func<RunOptions, int> Take(string verb) => options =>
        {
            byTree = (verb, options);
            return 0;
        };
    }

    [Theory]
    [InlineData]
    [InlineData("run")]
    [InlineData("run", "--help")]
    [InlineData("run", "@file")]
    [InlineData("run", "")]
    [InlineData("run", "a.yaml", "--node")]
    [InlineData("run", "a.yaml", "--node", "--json")]
    [InlineData("run", "a.yaml", "--no-guardian", "x")]
    [InlineData("check", "a.yaml")]
    [InlineData("--json", "run")]
    public void Leaves_everything_else_to_the_tree(params string[] words) => Assert.Null(ShortWay.Of(words).Verb);
}
