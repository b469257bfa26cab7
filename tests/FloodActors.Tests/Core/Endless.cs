using System.Runtime.ExceptionServices;

namespace FloodActors.Tests.Core;

/// <summary>
/// Runs what might never return, so that a search without an end fails its test instead of stopping the run.
/// </summary>
internal static class Endless
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static void Not(Action work)
    {
        ExceptionDispatchInfo? thrown = null;
        var thread = new Thread(() =>
        {
            try
            {
                work();
            }
            catch (Exception e)
            {
                thrown = ExceptionDispatchInfo.Capture(e);
            }
        })
        {
            IsBackground = true,
            Priority = ThreadPriority.BelowNormal,
        };
        thread.Start();
        if (!thread.Join(Patience)) Assert.Fail($"It has not returned within {Patience}.");
        thrown?.Throw();
    }
}
