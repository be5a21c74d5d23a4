using Graft.Faults;
using Microsoft.AspNetCore.Http;

namespace Graft.Hosting.Faults;

/// <summary>Answers of a call that never reached its service: gRPC's "trailers only", whose status is in the headers.</summary>
internal static class GrpcAnswer
{
    /// <summary>Ends the call with the fault's status and its details, as the fault interceptor would.</summary>
    public static void Refuse(HttpContext context, FaultException fault)
    {
        var refusal = FaultStatus.ToRpcException(fault);
        var response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        response.Headers["grpc-status"] = $"{(int)refusal.StatusCode}";
        response.Headers["grpc-message"] = Uri.EscapeDataString(refusal.Status.Detail);
        foreach (var entry in refusal.Trailers.Where(entry => entry.IsBinary))
        {
            response.Headers[entry.Key] = Convert.ToBase64String(entry.ValueBytes);
        }
    }
}
