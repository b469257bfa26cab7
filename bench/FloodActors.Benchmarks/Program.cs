using System.CommandLine;
using FloodActors.Benchmarks;

return await Commands.Root().Parse(args).InvokeAsync();
