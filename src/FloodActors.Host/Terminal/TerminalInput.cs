using FloodActors.Host.Input;

namespace FloodActors.Host.Terminal;

/// <summary>Reads the lines that are typed at a terminal.</summary>
internal sealed class TerminalInput(PromptScreen screen, LineHandler lines, Action<string> endOfInput)
{
    /// <summary>Reads keys until the user ends the input, or the terminal goes away.</summary>
    public void ReadAll()
    {
        screen.Start();
        try
        {
            while (Read())
            {
            }
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            endOfInput($"the terminal has gone: {e.Message}");
        }
    }

    private bool Read()
    {
        var key = Console.ReadKey(intercept: true);
        switch (screen.Press(key, draw: !Console.KeyAvailable, out var line))
        {
            // People press Enter to see whether something is alive, not to send nothing.
            case Edit.Entered when !string.IsNullOrWhiteSpace(line):
                lines.Handle(line);
                return true;
            case Edit.EndOfInput:
                endOfInput("Ctrl-D: leaving the flood");
                return false;
            default:
                return true;
        }
    }
}
