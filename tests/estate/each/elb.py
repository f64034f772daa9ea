def create(client):
    client("elb").create_load_balancer(
        LoadBalancerName="old-shop",
        Listeners=[{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 8080}],
        AvailabilityZones=["us-east-1a"],
    )
    return {"id": "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/old-shop"}


def change(client, made):
    client("elb").create_load_balancer_listeners(
        LoadBalancerName="old-shop",
        Listeners=[{"Protocol": "TCP", "LoadBalancerPort": 8443, "InstancePort": 8443}],
    )


def delete(client, made):
    client("elb").delete_load_balancer(LoadBalancerName="old-shop")
