import * as cdk from "aws-cdk-lib";
import { OrdersStack } from "../lib/order-stack";

const app = new cdk.App();
new OrdersStack(app, "Orders");
