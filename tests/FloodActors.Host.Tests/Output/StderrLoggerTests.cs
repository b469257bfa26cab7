using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Event;
using FloodActors.Host.Output;

namespace FloodActors.Host.Tests.Output;

public sealed class StderrLoggerTests
{
    [Theory]
    [InlineData("INFO", true)]
    [InlineData("WARNING", false)]
    public async Task An_exception_is_one_line_and_its_stack_when_more_is_asked_for(string level, bool hasStack)
    {
        var lines = new List<string>();
        var logs = new LogSetup(lines.Add);
        var config = new NodeOptions { Hocon = $"akka.loglevel = {level}, akka.actor.provider = local" }.ToConfig();
        var system = ActorSystem.Create("logs",
            ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config), logs));
        system.Log.Error(Thrown("boom\nforged 1", Thrown("inner\nforged 2", null)), "it went\nforged 3");
        await system.Terminate();
        logs.Release();

        var own = lines.SkipWhile(line => !line.Contains("it went", StringComparison.Ordinal)).ToList();
        Assert.Matches(@"^\d\d:\d\d:\d\d\.\d{3} ERROR .* it went\nforged 3: IOException: boom\nforged 1$", own[0]);
        Assert.Equal(hasStack, own.Contains("  caused by IOException: inner\nforged 2"));
        Assert.Equal(hasStack, own.Any(line => line.StartsWith("  at ", StringComparison.Ordinal)));
        // What is written is made safe, line by line.
        Assert.DoesNotContain('\n', Printable.Of(string.Concat(own)));
    }

    private static IOException Thrown(string message, Exception? inner)
    {
        try
        {
            throw new IOException(message, inner);
        }
        catch (IOException e)
        {
            return e;
        }
    }
}
