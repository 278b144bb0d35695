namespace Understudy.Bench;
internal static class FootprintBench { internal static int Run(Options options) => options.Number("seconds", 30); }
