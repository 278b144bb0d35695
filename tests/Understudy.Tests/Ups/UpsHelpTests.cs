using Understudy.Core.Ups;
using Understudy.Ups;
using Xunit;

namespace Understudy.Tests.Ups;

public sealed class UpsHelpTests
{
    /// <summary><c>port</c> belongs to every driver, and stock drivers do not list it either.</summary>
    [Fact]
    public void Every_setting_is_listed_for_tools() =>
        Assert.All(ProxyRulesReader.Keys.Where(k => k != "port"), key => Assert.Contains(key, UpsHelp.Settings, StringComparison.Ordinal));
}
