namespace Understudy.Bench;
internal static class Demo { internal static int Run(Options options) => options.Number("x", 30); }
