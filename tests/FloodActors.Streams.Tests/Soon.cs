namespace FloodActors.Streams.Tests;

/// <summary>
/// <see cref="Eventually"/> with a bound for machines that run much else: it only ends a test that fails.
/// </summary>
internal static class Soon
{
    public static Task Holds(Func<bool> condition, string what) => Eventually.Holds(condition, what, 60);
}
