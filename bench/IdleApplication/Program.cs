using Akka.Hosting;
using Akka.Remote.Hosting;
using FloodActors;
using FloodActors.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// An application with a flood that does nothing, for bench/idle.sh. What it costs depends on FloodQuiet at its build.
var builder = Host.CreateApplicationBuilder();
builder.Logging.ClearProviders();
builder.Services.AddAkka("flood", akka => akka
    .WithRemoting("127.0.0.1", 0)
    .WithFlood(flood => flood.Callbacks = new FloodCallbacks
    {
        OnConnect = peer => Console.WriteLine($$"""{"event":"connected","peer":"{{peer}}"}"""),
    }));
builder.Services.AddFlood();
using var host = builder.Build();
await host.StartAsync();
var address = ((Akka.Actor.ExtendedActorSystem)host.Services.GetRequiredService<Akka.Actor.ActorSystem>())
    .Provider.DefaultAddress;
Console.WriteLine($$"""{"event":"listening","address":"{{address.Host}}:{{address.Port}}"}""");
await host.WaitForShutdownAsync();
