using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Akka.Actor;
using FloodActors.Diagnostics;
using FloodActors.Tests.Actors;

namespace FloodActors.Tests.Diagnostics;

/// <summary>
/// Meter and activity source are made once in a process, and call the application's listeners then. A second copy of
/// the library makes them once more.
/// </summary>
[Collection("listeners of the whole process")]
public sealed class ListenersAtTheStartTests
{
    [Fact]
    public async Task Listeners_that_throw_when_the_first_flood_of_a_process_is_made_cost_the_metrics_and_nothing_else()
    {
        RuntimeHelpers.RunClassConstructor(typeof(FloodDiagnostics).TypeHandle);
        var context = new AssemblyLoadContext("a second copy");
        var copy = context.LoadFromAssemblyPath(typeof(Flood).Assembly.Location);
        Assert.NotSame(typeof(Flood).Assembly, copy);
        await using var local = new LocalSystem("akka.loglevel = OFF");
        using (var listeners = new Listeners())
        {
            // What the actor's construction touches first: were it to throw, no flood could ever start in this process.
            RuntimeHelpers.RunClassConstructor(copy.GetType(typeof(FloodDiagnostics).FullName!)!.TypeHandle);
            Assert.True(listeners.Thrown > 1);
        }
        var type = copy.GetType(typeof(Flood).FullName!)!;
        var start = type.GetMethods().First(method => method.Name == nameof(Flood.Start));
        object?[] arguments = [local.System, .. Enumerable.Repeat(Type.Missing, start.GetParameters().Length - 1)];
        dynamic flood = start.Invoke(null, BindingFlags.OptionalParamBinding, null, arguments, null)!;
        AppendResult result = await flood.AppendAsync("a message");
        Assert.IsType<Appended>(result);
        FloodStats stats = await flood.StatsAsync();
        Assert.Equal(1, stats.ListenerFailures);
        await flood.LeaveAsync();
    }

    private sealed class Listeners : IDisposable
    {
        private readonly ActivityListener _activities;
        private readonly MeterListener _metrics;
        private readonly bool _armed;

        public Listeners()
        {
            _activities = new ActivityListener
            {
                ShouldListenTo = source => Throw(source.Name == FloodDiagnostics.ActivitySourceName),
            };
            _metrics = new MeterListener
            {
                InstrumentPublished = (instrument, _) => Throw(instrument.Meter.Name == FloodDiagnostics.MeterName),
            };
            ActivitySource.AddActivityListener(_activities);
            _metrics.Start();
            // Those of the first copy may be there already.
            _armed = true;
        }

        public int Thrown { get; private set; }

        public void Dispose()
        {
            _activities.Dispose();
            _metrics.Dispose();
        }

        private bool Throw(bool isOurs)
        {
            if (!_armed || !isOurs) return false;
            Thrown++;
            throw new InvalidOperationException("a listener of the application");
        }
    }
}
