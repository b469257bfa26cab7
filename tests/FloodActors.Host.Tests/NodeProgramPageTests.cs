using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Akka.Configuration;
using FloodActors.Host.Output;
using FloodActors.Host.Verbs;

namespace FloodActors.Host.Tests;

/// <summary>docs/node-program.md and the program say the same.</summary>
public sealed class NodeProgramPageTests
{
    private static readonly string Page = File.ReadAllText(PathOfPage());

    [Fact]
    public void The_page_has_a_section_for_each_verb_with_each_of_its_options_and_no_others()
    {
        foreach (var verb in CommandLine.Create().Subcommands.OfType<Verb>().Where(verb => verb.Name != "help"))
        {
            var section = Regex.Match(Page, $@"(?ms)^## flood {verb.Name}$(.*?)^## (?!#)").Groups[1].Value;
            var named = Regex.Matches(section, "(?<=`)--[a-z][a-z-]*").Select(match => match.Value).Distinct().Order();
            Assert.Equal(
                (verb.Name, string.Join(' ', verb.Options.Select(option => option.Name).Order())),
                (verb.Name, string.Join(' ', named)));
        }
        foreach (var option in CommandLine.Create().Options)
            foreach (var name in option.Aliases.Append(option.Name).Where(name => name.StartsWith('-')))
                Assert.Contains($"{name}", Page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_has_each_event_and_no_others()
    {
        var table = Page[Page.IndexOf("| event | fields |", StringComparison.Ordinal)..];
        table = table[..table.IndexOf("\n\n", StringComparison.Ordinal)];
        Assert.Equal(
            Constants(typeof(EventNames)).Order(),
            Regex.Matches(table, "(?m)^\\| `([a-z]+)` \\|").Select(match => match.Groups[1].Value).Order());
    }

    [Fact]
    public void The_page_has_each_exit_code()
    {
        var table = Page[Page.IndexOf("## Exit codes", StringComparison.Ordinal)..];
        Assert.Equal(
            Constants(typeof(ExitCodes)).Select(code => int.Parse(code, null)).Order(),
            Regex.Matches(table, @"(?m)^\| (\d+) \|").Select(match => int.Parse(match.Groups[1].Value, null)).Order());
    }

    [Fact]
    public void The_page_has_each_command()
    {
        foreach (var line in NodeCommands.Help.Append("/help"))
        {
            var command = line.Split("  ")[0];
            Assert.Contains($"| `{command}` |", Page, StringComparison.Ordinal);
            Assert.Contains(
                command.Split(' ')[0].Replace("TEXT", "", StringComparison.Ordinal),
                NodeCommands.Usage,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_page_has_the_number_of_file_descriptors() =>
        Assert.Contains(
            $"needs {FileDescriptors.Base} file descriptors, and two for each peer", Page, StringComparison.Ordinal);

    [Fact]
    public void The_page_has_the_limits_of_the_API_with_the_defaults_of_the_program()
    {
        var table = Page[Page.IndexOf("section `flood-http`", StringComparison.Ordinal)..];
        table = table[..table.IndexOf("\n## ", StringComparison.Ordinal)];
        var limits = ConfigurationFactory.FromResource("FloodActors.Host.host.conf", typeof(Verb).Assembly)
            .GetConfig("flood-http").Root.GetObject().Items;
        Assert.Equal(
            limits.Select(limit => $"{limit.Key} {limit.Value.GetString()}").Order(),
            Regex.Matches(table, @"(?m)^\| `([a-z-]+)` \| ([^|]+) \|")
                .Select(match => $"{match.Groups[1].Value} {match.Groups[2].Value}").Order());
    }

    private static IEnumerable<string> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(
            field => field.GetRawConstantValue()!.ToString()!);

    private static string PathOfPage([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "docs", "node-program.md");
}
