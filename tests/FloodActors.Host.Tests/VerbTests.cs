using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using FloodActors.Host.Verbs;
using FloodActors.Simulation;

namespace FloodActors.Host.Tests;

public sealed class VerbTests
{
    public static TheoryData<string> Verbs =>
        [.. CommandLine.Create().Subcommands.OfType<Verb>().Select(verb => verb.Name)];

    [Fact]
    public async Task Help_lists_the_verbs_and_shows_examples()
    {
        var (exitCode, asVerb, _) = await FloodProgram.Run("help");
        Assert.Equal(0, exitCode);
        Assert.Equal(asVerb, (await FloodProgram.Run("--help")).Out);
        foreach (var verb in CommandLine.Create().Subcommands.OfType<Verb>())
            Assert.Matches($@"(?m)^  {verb.Name}\b.*[a-z]", asVerb);
        Assert.Matches(@"Examples:\n  .* help run\n", asVerb);
        Assert.DoesNotContain("demo-node", asVerb, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Each_verb_has_options_with_a_word_for_the_value_and_one_or_more_sentences(string name)
    {
        var verb = CommandLine.Create().Subcommands.Single(v => v.Name == name);
        Assert.Matches(@"^[A-Z].*\.$", verb.Description);
        foreach (var option in verb.Options)
        {
            Assert.Matches(@"^[A-Za-z].*\.$", option.Description);
            if (option.ValueType != typeof(bool))
                Assert.False(string.IsNullOrEmpty(option.HelpName), $"{name} {option.Name}");
        }
    }

    [Fact]
    public void Each_example_is_a_command_line_that_parses()
    {
        foreach (var example in CommandLine.Create().Subcommands.OfType<Verb>().SelectMany(verb => verb.Examples))
        {
            var command = Regex.Match(example, @"flood (?<rest>[^<>|)]*)").Groups["rest"].Value;
            Assert.Empty(CommandLine.Parse([.. CommandLineParser.SplitCommandLine(command)]).Errors);
        }
    }

    [Theory]
    [InlineData("-V")]
    [InlineData("--version")]
    public async Task The_version_is_one_line(string option)
    {
        var (exitCode, output, _) = await FloodProgram.Run(option);
        Assert.Equal(0, exitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+\S*\n$", output);
    }

    [Fact]
    public void Simulate_has_the_options_of_the_simulator()
    {
        var verb = CommandLine.Create().Subcommands.Single(v => v.Name == "simulate");
        var known = Regex.Matches(SimulationCommand.Usage, "--[a-z-]+").Select(match => match.Value).Distinct().Order();
        Assert.Equal(known, verb.Options.Select(option => option.Name).Order());
    }

    [Theory]
    [InlineData("send --peer host:1 two words", "'words' is one too many: put quotes around the message")]
    [InlineData("simulate --node 5", "'--node' is not an option of flood simulate")]
    [InlineData("demo --topology heap", "'ring', 'line', 'star', 'complete', 'random'.")]
    [InlineData("run --message-id name", "'content', 'sequence'.")]
    [InlineData("run --message-id sequence --listen-json 127.0.0.1:0",
        "--message-id sequence does not go with --listen-json")]
    [InlineData("completion tcsh", "'bash', 'zsh', 'fish'.")]
    public async Task Wrong_usage_says_what_is_right(string arguments, string expected)
    {
        var (exitCode, output, error) = await FloodProgram.Run(arguments.Split(' '));
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(expected, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("flood ", "completion demo help run send simulate")]
    [InlineData("flood s", "send simulate")]
    [InlineData("flood --pe", "--peer")]
    [InlineData("flood run --pe", "--peer")]
    [InlineData("/usr/bin/flood send --t", "--timeout")]
    [InlineData("flood demo --topology ", "complete line random ring star")]
    [InlineData("flood demo --topology r", "random ring")]
    [InlineData("flood --message-id s", "sequence")]
    [InlineData("flood completion ", "bash fish zsh")]
    [InlineData("flood nothing ", "")]
    [InlineData("flood", "")]
    public void A_shell_is_told_how_a_line_goes_on(string line, string expected) =>
        Assert.Equal(expected, string.Join(' ', CompletionVerb.Suggest(line).Order(StringComparer.Ordinal)));

    [Theory]
    [InlineData("bash", "complete -o filenames -o bashdefault -F _flood flood")]
    [InlineData("zsh", "#compdef flood")]
    [InlineData("fish", "complete -c flood")]
    public async Task Each_shell_has_a_script(string shell, string expected)
    {
        var (exitCode, output, _) = await FloodProgram.Run("completion", shell);
        Assert.Equal(0, exitCode);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bash_completes_with_the_script()
    {
        var directory = Directory.CreateTempSubdirectory("flood-");
        try
        {
            var flood = Path.Combine(directory.FullName, "flood");
            await File.WriteAllTextAsync(
                flood,
                $"#!/bin/sh\nexec dotnet {Path.Combine(AppContext.BaseDirectory, "FloodActors.Host.dll")} \"$@\"\n");
            const string Ask = """
                chmod +x "$1"
                source <("$1" completion bash)
                COMP_LINE="$1 demo --topology st" COMP_WORDS=("$1" demo --topology st) COMP_CWORD=3
                COMP_POINT=${#COMP_LINE}
                _flood
                echo "${COMPREPLY[*]}"
                """;
            var start = new System.Diagnostics.ProcessStartInfo("bash", ["-c", Ask, "bash", flood])
            {
                RedirectStandardOutput = true,
            };
            using var process = System.Diagnostics.Process.Start(start)!;
            Assert.Equal("star\n", await process.StandardOutput.ReadToEndAsync());
            await process.WaitForExitAsync();
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("one line\n", "one line")]
    [InlineData("no line feed", "no line feed")]
    [InlineData("two\nlines\r\n", "two\nlines")]
    [InlineData("", "")]
    public async Task Send_reads_its_message_from_standard_input(string input, string expected)
    {
        await using var node = await NodeProcess.Start("a");
        using var process = System.Diagnostics.Process.Start(
            FloodProgram.Command(["send", "--peer", node.Address, "-"]))!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await process.StandardError.ReadToEndAsync());
        await node.Until("the message is there", () => node.Received.SequenceEqual([expected]));
    }

    [Fact]
    public async Task Send_to_a_node_that_names_messages_otherwise_says_which_option_it_takes()
    {
        await using var node = await NodeProcess.Start("a", "--message-id", "sequence");
        var (exitCode, _, error) = await FloodProgram.Run("send", "--peer", node.Address, "hello");
        Assert.Equal(1, exitCode);
        Assert.Contains("--message-id", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Equal(
            0, (await FloodProgram.Run("send", "--peer", node.Address, "--message-id", "sequence", "hello")).ExitCode);
        await node.Until("the message is there", () => node.Received.SequenceEqual(["hello"]));
    }

    [Theory]
    [InlineData("/home/me/.dotnet/tools/flood",
        "/home/me/.dotnet/tools/.store/floodactors.host/1.0.0/floodactors.host/1.0.0/tools/net10.0/any/", "flood")]
    [InlineData("/usr/bin/dotnet", "/home/me/.nuget/packages/floodactors.host/1.0.0/tools/net10.0/any/",
        "dotnet flood")]
    [InlineData("/usr/bin/dotnet", "/opt/flood/", "dotnet /opt/flood/FloodActors.Host.dll")]
    [InlineData("/opt/my flood/FloodActors.Host", "/opt/my flood/", "\"/opt/my flood/FloodActors.Host\"")]
    public void What_people_are_told_to_type_is_what_they_have(string process, string files, string expected) =>
        Assert.Equal(expected, ProgramName.Of(process, files, "/home/me"));

    [Fact]
    public void Who_runs_the_project_is_told_to_run_the_project()
    {
        var checkout = Directory.CreateTempSubdirectory("flood-");
        try
        {
            var project = Path.Combine(checkout.FullName, "src", "FloodActors.Host");
            var files = Directory.CreateDirectory(Path.Combine(project, "bin", "Release", "net10.0")).FullName + "/";
            File.WriteAllText(Path.Combine(project, "FloodActors.Host.csproj"), "");
            Assert.Equal(
                "dotnet run --project src/FloodActors.Host -c Release --",
                ProgramName.Of(files + "FloodActors.Host", files, checkout.FullName));
        }
        finally
        {
            checkout.Delete(recursive: true);
        }
    }
}
