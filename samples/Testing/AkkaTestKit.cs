using Akka.TestKit;

namespace Testing;

/// <summary>
/// Akka's TestKit for any test framework: an expectation that is not met throws, and each framework takes that as a
/// failed test. Derive a test class from it; dispose of it after each test.
/// </summary>
public abstract class AkkaTestKit() : TestKitBase(new Throws(), config: null, actorSystemName: "test"), IDisposable
{
    public void Dispose()
    {
        Shutdown();
        GC.SuppressFinalize(this);
    }

    private sealed class Throws : ITestKitAssertions
    {
        public void Fail(string format = "", params object[] args) =>
            throw new InvalidOperationException(args.Length == 0 ? format : string.Format(format, args));

        public void AssertTrue(bool condition, string format = "", params object[] args)
        {
            if (!condition) Fail(format, args);
        }

        public void AssertFalse(bool condition, string format = "", params object[] args) =>
            AssertTrue(!condition, format, args);

        public void AssertEqual<T>(T expected, T actual, string format = "", params object[] args) =>
            AssertEqual(expected, actual, EqualityComparer<T>.Default.Equals, format, args);

        public void AssertEqual<T>(
            T expected, T actual, Func<T, T, bool> comparer, string format = "", params object[] args)
        {
            if (comparer(expected, actual)) return;
            var told = args.Length == 0 ? format : string.Format(format, args);
            Fail($"Expected: {expected}, was: {actual}. {told}");
        }

        public Exception AssertThrows(Action action) => AssertThrows<Exception>(action);

        public TException AssertThrows<TException>(Action action) where TException : Exception
        {
            try { action(); }
            catch (TException e) { return e; }
            throw new InvalidOperationException($"Expected: {typeof(TException)}, and nothing was thrown.");
        }

        public Task<Exception> AssertThrowsAsync(Func<Task> action) => AssertThrowsAsync<Exception>(action);

        public async Task<TException> AssertThrowsAsync<TException>(Func<Task> action) where TException : Exception
        {
            try { await action(); }
            catch (TException e) { return e; }
            throw new InvalidOperationException($"Expected: {typeof(TException)}, and nothing was thrown.");
        }
    }
}
