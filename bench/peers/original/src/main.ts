import "reflect-metadata";

import type { AddressInfo } from "node:net";

import { ValidationPipe } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";

import { AppModule } from "./app.module";

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ["error"] });
  app.setGlobalPrefix("api");
  app.useGlobalPipes(
    new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }),
  );
  await app.listen(Number(process.env.PORT ?? 0), "127.0.0.1");
  const { port } = app.getHttpServer().address() as AddressInfo;
  console.log(`listening on 127.0.0.1:${port} pid ${process.pid}`);
}

void main();
