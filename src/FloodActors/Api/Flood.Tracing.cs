using System.Diagnostics;
using FloodActors.Diagnostics;

namespace FloodActors;

/// <content>Appends as activities.</content>
public sealed partial class Flood
{
    private async Task<AppendResult> AppendTracedAsync(FloodPayload payload)
    {
        var activity = StartAppend();
        var result = await AppendUntracedAsync(payload).ConfigureAwait(false);
        EndAppend(activity, result);
        return result;
    }

    // The application's listeners run in here. Whether they fail or not, what is appended is appended.
    private Activity? StartAppend()
    {
        try
        {
            return FloodDiagnostics.Source?.StartActivity("flood append", ActivityKind.Producer)
                ?.SetTag(FloodDiagnostics.NameTag, Name);
        }
        catch (Exception e)
        {
            _parts.Diagnostics?.OnListenerFailed(e);
            return null;
        }
    }

    private void EndAppend(Activity? activity, AppendResult? result)
    {
        if (activity is null) return;
        try
        {
            if (result is Appended appended) activity.SetTag("messaging.message.id", appended.Id.ToString());
            if (result is Rejected rejected) activity.SetStatus(ActivityStatusCode.Error, rejected.Rejection.Message);
            activity.Dispose();
        }
        catch (Exception e)
        {
            _parts.Diagnostics?.OnListenerFailed(e);
        }
    }
}
