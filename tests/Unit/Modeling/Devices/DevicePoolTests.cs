using Graft.Artifacts;
using Graft.Faults;
using Graft.Modeling.Devices;
using Xunit;

namespace Graft.Tests.Unit.Modeling.Devices;

public class DevicePoolTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("auto", 0, "cpu")]
    [InlineData("auto", 2, "cuda:0,cuda:1")]
    [InlineData("cpu", 2, "cpu")]
    [InlineData("cuda", 2, "cuda:0,cuda:1")]
    [InlineData("cuda:1", 2, "cuda:1")]
    public void Settings_and_machine_decide(string setting, int count, string expected) =>
        Assert.Equal(expected.Split(','), ComputeDevices.Choose(setting, "Trainer:Device", count));

    [Theory]
    [InlineData("cuda", 0, "sees no CUDA device")]
    [InlineData("cuda:0", 0, "-p:Torch=cuda")]
    [InlineData("cuda:2", 2, "cuda:0 to cuda:1")]
    public void A_device_that_is_not_there_is_refused_with_what_is(string setting, int count, string expected)
    {
        var fault = Assert.Throws<FaultException>(() => ComputeDevices.Choose(setting, "Trainer:Device", count));

        Assert.Equal(FaultKind.Precondition, fault.Kind);
        Assert.StartsWith($"Trainer:Device is {setting}", fault.Message);
        Assert.Contains(expected, fault.Message);
    }

    [Fact]
    public async Task Each_device_has_one_job_and_the_next_is_told_to_come_back()
    {
        var pool = new DevicePool(["cuda:0", "cuda:1"]);
        pool.RefuseUnlessFree("a");
        using var first = await pool.TakeAsync("a", Token);
        using var second = await pool.TakeAsync("b", Token);

        Assert.Equal(["cuda:0", "cuda:1"], new[] { first.Device, second.Device });
        var fault = Assert.Throws<FaultException>(() => pool.RefuseUnlessFree("c"));
        Assert.Equal(FaultKind.Exhausted, fault.Kind);
        Assert.NotNull(fault.RetryAfter);
        pool.RefuseUnlessFree("a");

        second.Dispose();
        pool.RefuseUnlessFree("c");
        using var third = await pool.TakeAsync("c", Token);
        Assert.Equal("cuda:1", third.Device);
    }

    [Fact]
    public async Task Who_was_let_in_at_the_same_time_waits_for_the_device()
    {
        var pool = new DevicePool(["cuda:0"]);
        using var first = await pool.TakeAsync("a", Token);
        using var givesUp = new CancellationTokenSource();
        var leaver = pool.TakeAsync("b", givesUp.Token);
        var waiter = pool.TakeAsync("c", Token);
        await givesUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaver);

        Assert.False(waiter.IsCompleted);
        first.Dispose();
        first.Dispose();

        using var second = await waiter;
        Assert.Equal("cuda:0", second.Device);
    }

    [Fact]
    public void Services_with_one_setting_share_the_devices()
    {
        var devices = new ComputeDevices();

        Assert.Same(devices.Pool("cpu", "Trainer:Device"), devices.Pool("cpu", "Evaluator:Device"));
        Assert.NotSame(devices.Pool("cpu", "Trainer:Device"), devices.Pool("auto", "Evaluator:Device"));
    }

    [Fact]
    public void Each_service_is_told_of_its_own_setting()
    {
        var devices = new ComputeDevices();

        foreach (var name in new[] { "Trainer:Device", "Evaluator:Device" })
        {
            Assert.StartsWith($"{name} is cuda:99", Assert.Throws<FaultException>(() => devices.Pool("cuda:99", name)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("cpu", DType.F32)]
    [InlineData("cuda:0", DType.BF16)]
    public void A_gpu_computes_in_bf16_unless_it_is_told(string device, DType expected) =>
        Assert.Equal(expected, new DevicePool([device]).DefaultComputeDType);

    [Fact]
    public async Task The_cpu_takes_any_number_of_jobs()
    {
        var pool = new DevicePool(["cpu"]);
        using var first = await pool.TakeAsync("a", Token);
        pool.RefuseUnlessFree("b");
        using var second = await pool.TakeAsync("b", Token);

        Assert.Equal("cpu", second.Device);
    }
}
